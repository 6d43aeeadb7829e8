// Persons on their way to membership, as a board by stage and as a list with what is due; one person; steps of a class or a
// meeting in one go; the unit's members.
import { ask, Refused, h, t, number, day, isoDay, dayPattern, note, question, refresh } from './main.js';
import { fold } from './cells.js';
import { recordPart } from './record.js';

// Stages side by side, as people speak of them.
const PHASES = {
	found: ['introduced', 'listed', 'helped'], class: ['in-class', 'certified'], papers: ['applied', 'cv', 'verifying', 'verified', 'opinions'],
	resolved: ['cell', 'committee'], above: ['submitted', 'to-ask', 'returned', 'agreed'], decided: ['decided'], probation: ['probation', 'reviewed'],
	over: ['recognised', 'struck-off', 'ended', 'refused', 'withdrawn', 'resting'],
};
const SOURCES = ['student', 'rural', 'private', 'agency', 'veteran', 'armed', 'other'];
const FACTS = ['union', 'minority', 'religious', 'owner', 'fdi', 'weak-hamlet', 'readmitted'];
const FIELDS = ['ethnicity', 'religion', 'card', 'phone', 'address', 'note'];
const ENDS = ['died', 'expelled', 'struck-off', 'left', 'outside', 'mistake'];
const caseLink = (c) => `#/register/case/${c.case}`;
const nameOf = (c) => c.name || t('sealed');
const region = (label, ...what) => h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, ...what);
const mayWrite = (state) => ['clerk', 'approver'].includes(state.role);

function due(d) {
	return h('span', { class: `word ${d.late ? 'bad' : d.days_left <= 7 ? 'warn' : ''}`, title: d.source },
		`${d.late ? '!' : '◷'} ${d.step.text}: ${t(d.lapse ? 'holds-until' : 'due-on', { d: day(d.due) })}${d.late ? `, ${t('overdue')}` : ''}`);
}
const safe = (c) => (c.safe ? h('span', { class: c.safe.late ? 'word warn' : 'dim' }, `${c.safe.late ? '⚠ ' : ''}${t(c.safe.late ? 'safe-over' : 'safe-until', { step: c.safe.step.text, d: day(c.safe.last) })}`) : '');
const marks = (c) => [c.rivals ? `≠ ${t('two-outcomes')}` : '', c.delivered ? '' : `→ ${t('word-queued')}`].filter(Boolean).join(' · ');

const contested = (answer) => (answer.contested ? note('warn', '≠ ', h('a', { href: '#/contests' }, t('fields-contested', { n: number(answer.contested) }))) : '');

// Of a unit that has ended: each goes on by a command, for what goes along is sealed to the unit that is to have them.
const leftBehind = ({ left_behind: left }) => (left && (left.members || left.cases) ? note('warn', `! ${t('left-behind', { m: number(left.members), c: number(left.cases) })} `,
	h('kbd', null, `ketnap members move … ${left.into || '…'} …`), ' ', h('kbd', null, `ketnap case move … ${left.into || '…'} …`)) : null);

/* ---- board and list ---- */

function board(cases) {
	const open = cases.filter((c) => !c.forgotten);
	return h('div', { class: 'board', id: 'board' }, Object.entries(PHASES).map(([phase, stages]) => {
		const here = open.filter((c) => stages.includes(c.stage.code));
		return h('section', { 'aria-labelledby': `phase-${phase}` }, h('h2', { id: `phase-${phase}` }, `${t(`phase-${phase}`)} (${number(here.length)})`),
			h('ul', null, here.map((c) => h('li', { class: 'card' }, h('a', { href: caseLink(c) }, nameOf(c)), h('div', null, c.stage.text), ...c.dues.slice(0, 2).map(due),
				marks(c) ? h('div', { class: 'dim' }, marks(c)) : ''))));
	}));
}

// A step of all that are marked: looked at first, then all of it or nothing.
async function together(cases, steps, again) {
	const select = h('select', { id: 'many-step' }, steps.map((s) => h('option', { value: s.code }, s.text)));
	const yes = await question({ title: t('together'), yes: t('look-first'), text: t('together-says', { n: number(cases.length) }),
		body: [h('label', { class: 'field', for: 'many-step' }, t('step')), select, h('ul', { class: 'names', tabindex: 0 }, cases.map((c) => h('li', null, nameOf(c))))],
		fields: [{ name: 'day', label: t('step-day'), type: 'date', required: true }, { name: 'no', label: t('paper-no') }, { name: 'signer', label: t('paper-signer') },
			{ name: 'votes', label: t('votes'), pattern: '\\d+/\\d+', example: '19/21' }] });
	if (!yes)
		return;
	const asked = { ...yes, step: select.value, cases: cases.map((c) => c.case) };
	const name = (id) => nameOf(cases.find((c) => c.case === id) || {});
	try {
		const look = await ask('case_step', { ...asked, dry_run: true });
		if (!await question({ title: `${t('together')}: ${steps.find((s) => s.code === asked.step).text}`, yes: t('take-step'), text: t('together-ask', { n: number(cases.length), d: day(asked.day) }),
			body: look.findings.length ? [note('warn', `⚠ ${t('please-check')}`), h('ul', { class: 'names', tabindex: 0 }, look.findings.map((f) => h('li', null, `${name(f.case)}: ${f.text}`)))] : null }))
			return;
		await ask('case_step', asked);
		refresh();
		await again(note('good', `✓ ${t('steps-taken', { n: number(cases.length) })}`));
	} catch (e) {
		await again(note('block', `✖ ${e instanceof Refused && e.answer.problem ? `${name(e.answer.problem)}: ` : ''}${e.message}`));
	}
}

function list(state, answer, again) {
	const boxes = new Map();
	const body = h('tbody');
	const find = h('input', { type: 'search', id: 'find-case', 'aria-label': t('find-person'), placeholder: t('find-person'), autocomplete: 'off', oninput: () => draw() });
	const only = h('select', { id: 'only', 'aria-label': t('col-state'), onchange: () => draw() }, ['', 'late', 'due', ...Object.keys(PHASES)].map((v) =>
		h('option', { value: v }, v === '' ? t('all-cases') : v === 'late' ? t('only-late') : v === 'due' ? t('only-due') : t(`phase-${v}`))));
	const wanted = (c) => fold(nameOf(c)).includes(fold(find.value)) && (!only.value || (only.value === 'late' ? c.dues.some((d) => d.late) : only.value === 'due' ? c.dues.length
		: PHASES[only.value].includes(c.stage.code)));
	function draw() {
		boxes.clear();
		body.replaceChildren(...answer.cases.filter(wanted).map((c) => {
			const box = h('input', { type: 'checkbox', 'aria-label': nameOf(c) });
			boxes.set(c.case, box);
			return h('tr', null, mayWrite(state) ? h('td', null, box) : null, h('th', { scope: 'row' }, h('a', { href: caseLink(c) }, nameOf(c))),
				h('td', null, c.birth ? day(c.birth) : ''), h('td', null, c.stage.text, marks(c) ? ` ${marks(c)}` : ''), h('td', null, day(c.since)),
				h('td', null, c.dues.length ? c.dues.map(due) : '–'), h('td', null, safe(c)), h('td', null, c.unit_name));
		}));
	}
	draw();
	const picked = () => answer.cases.filter((c) => boxes.get(c.case)?.checked);
	return [h('div', { class: 'row' }, find, only, mayWrite(state) ? h('button', { type: 'button', id: 'together', onclick: () => {
		if (picked().length)
			together(picked(), answer.steps, again);
	} }, t('together')) : null),
	region(t('page-register'), h('table', { id: 'cases' }, h('thead', null, h('tr', null, mayWrite(state) ? h('td') : null,
		['person-name', 'birth', 'stage', 'since', 'due', 'safe-day', 'unit'].map((n) => h('th', { scope: 'col' }, t(n))))), body))];
}

/* ---- a person ---- */

const dayField = (name, label, value) => {
	const input = h('input', { type: 'text', name, required: true, pattern: dayPattern, placeholder: t('day-example'), value: value ? day(value) : '', autocomplete: 'off' });
	return h('label', { class: 'field' }, label, input);
};
const textField = (name, label, attributes = {}) => h('label', { class: 'field' }, label, h('input', { type: 'text', name, maxlength: 240, autocomplete: 'off', ...attributes }));
const choices = (name, label, codes, text) => h('fieldset', null, h('legend', null, label), h('div', { class: 'row' }, codes.map((c) =>
	h('label', null, h('input', { type: 'checkbox', name, value: c }), ` ${text(c)}`))));

function introduce(content, state) {
	const said = h('div', { role: 'alert', id: 'said' });
	// The unit's first person makes its keys too: on a disk that stalls it takes a while, and once is enough.
	async function send(data, sure) {
		const button = form.querySelector('button.main');
		button.disabled = true;
		said.replaceChildren(note('', t('introducing')));
		try {
			const got = await ask('case_open', { fields: Object.fromEntries(['name', 'sex', ...FIELDS].map((f) => [f, data.get(f)]).filter(([, v]) => v)
				.concat([['birth', isoDay(data.get('birth'))]])), sources: data.getAll('source'), facts: data.getAll('fact'), education: Number(data.get('education')),
			day: isoDay(data.get('day')), alike_ok: sure });
			refresh();
			location.hash = caseLink(got);
		} catch (e) {
			said.replaceChildren();
			button.disabled = false;
			if (document.activeElement === document.body)
				button.focus();
			if (e instanceof Refused && e.status === 409 && await question({ title: t('introduce'), text: `${e.message}. ${t('alike-ask')}`, yes: t('introduce') }))
				return send(data, true);
			said.replaceChildren(note('block', `✖ ${e.message}`));
		}
		return null;
	}
	const form = h('form', { id: 'person', onsubmit: (e) => { e.preventDefault(); send(new FormData(e.target), false); } },
		textField('name', t('person-name'), { required: true, autofocus: true }), dayField('birth', t('birth')),
		h('label', { class: 'field' }, t('sex'), ' ', h('select', { name: 'sex' }, h('option', { value: 'f' }, t('sex-f')), h('option', { value: 'm' }, t('sex-m')))),
		h('label', { class: 'field' }, t('education'), ' ', h('select', { name: 'education' }, [0, 1, 2, 3, 4].map((n) => h('option', { value: n }, t(`education-${n}`))))),
		choices('source', t('sources'), SOURCES, (c) => t(`source-${c}`)), choices('fact', t('facts'), FACTS, (c) => t(`fact-${c}`)), ...FIELDS.map((f) => textField(f, t(`field-${f}`))),
		dayField('day', t('introduced-on'), state.today),
		h('div', { class: 'row' }, h('button', { class: 'main', type: 'submit' }, t('introduce')), h('a', { class: 'button', href: '#/register' }, t('cancel'))));
	content.append(h('h1', null, t('introduce')), h('p', null, t('introduce-says')), said, form);
}

function stepForm(c, again) {
	const said = h('div', { role: 'alert', id: 'said' });
	const why = h('div');
	const select = h('select', { name: 'step', id: 'step' }, c.next.map((s) => h('option', { value: s.code }, s.text)));
	const fits = () => {
		const s = c.next.find((x) => x.code === select.value);
		why.replaceChildren(...(s && s.reasons.length ? [h('label', { class: 'field' }, t('why-ended'), ' ', h('select', { name: 'why' }, s.reasons.map((r) => h('option', { value: r.code }, r.text))))] : []));
	};
	select.addEventListener('change', fits);
	fits();
	return h('form', { id: 'take-step', onsubmit: async (e) => {
		e.preventDefault();
		const data = Object.fromEntries(new FormData(e.target));
		const asked = { ...data, day: isoDay(data.day), cases: [c.case] };
		try {
			const look = await ask('case_step', { ...asked, dry_run: true });
			if (look.findings.length && !await question({ title: t('please-check'), yes: t('take-step'), body: h('ul', null, look.findings.map((f) => h('li', null, f.text))) }))
				return;
			await ask('case_step', asked);
			refresh();
			await again(note('good', `✓ ${t('step-taken')}`));
		} catch (x) {
			said.replaceChildren(note('block', `✖ ${x.message}`));
		}
	} }, h('h2', null, t('next-step')), said, h('label', { class: 'field' }, t('step'), ' ', select), dayField('day', t('step-day')), why,
	textField('no', t('paper-no')), textField('signer', t('paper-signer')), textField('votes', t('votes'), { pattern: '\\d+/\\d+', placeholder: '19/21' }),
	h('div', { class: 'row' }, h('button', { class: 'main', type: 'submit' }, t('take-step'))));
}

const stepLine = (s) => h('tr', null, h('td', null, day(s.day)), h('th', { scope: 'row' }, s.step.text), h('td', null, [s.reason, s.votes_of ? `${s.votes_for}/${s.votes_of}` : '',
	s.to ? `→ ${s.to}` : '', s.no, s.signer].filter(Boolean).join(' · ')), h('td', null, s.by));

async function person(content, state, id) {
	const again = async (told) => {
		const c = await ask('case', { case: id });
		const settle = async (keep) => {
			const yes = await question({ title: t('two-outcomes'), yes: t('keep-this'), fields: [{ name: 'reason', label: t('reason'), required: true, type: 'textarea' }] });
			if (!yes)
				return;
			try {
				await ask('case_settle', { case: id, keep, ...yes });
				refresh();
				await again(note('good', `✓ ${t('case-settled')}`));
			} catch (e) {
				await again(note('block', `✖ ${e.message}`));
			}
		};
		const rivals = c.beside.length ? [note('warn', `≠ ${t('two-outcomes-say')}`), h('div', { class: 'row' }, [c.taken[c.taken.length - 1], ...c.beside].map((s, i) =>
			h('button', { type: 'button', onclick: () => settle(i) }, `${t('keep-this')}: ${s.step.text}, ${day(s.day)} (${s.by})`)))] : [];
		content.replaceChildren(h('h1', null, nameOf(c)), told || '', h('p', null, h('a', { href: '#/register' }, `← ${t('page-register')}`)),
			h('p', null, h('span', { class: 'word' }, c.stage.text), ' ', ...c.dues.map(due), ' ', safe(c), marks(c) ? ` ${marks(c)}` : ''), ...rivals,
			...(c.name ? recordPart(c.record, id, again) : [note('', t('sealed-says'))]),
			h('h2', null, t('steps-so-far')), region(t('steps-so-far'), h('table', { id: 'steps' }, h('thead', null, h('tr', null, ['step-day', 'step', 'remarks', 'by-whom'].map((n) =>
				h('th', { scope: 'col' }, t(n))))), h('tbody', null, c.taken.map(stepLine)))),
			mayWrite(state) && c.next.length ? stepForm(c, again) : '',
			...(mayWrite(state) && !c.forgotten ? [h('h2', null, t('forget')), c.forget_asked ? note('warn', `! ${t('forget-waits', { n: number(c.forget_asked) })}`)
				: h('p', { class: 'dim' }, t('forget-says')), forgetButton(c, c.case, again)] : c.forgotten ? [note('', t('forgotten'))] : []));
	};
	await again();
}

async function member(content, id) {
	const again = async (told) => {
		const m = await ask('member', { member: id });
		content.replaceChildren(h('h1', null, nameOf(m)), told || '', h('p', null, h('a', { href: '#/register/members' }, `← ${t('tab-members')}`), m.case ? [' · ',
			h('a', { href: `#/register/case/${id}` }, t('steps-so-far'))] : ''), m.ended ? note('', `${t(`end-${m.state}`)} ${day(m.ended)}`) : '',
		...(m.name ? recordPart(m.record, id, again) : [note('', t('sealed-says'))]));
	};
	await again();
}

/* ---- forget ---- */

// Asked for by one person, confirmed by another; what was sealed of somebody can be opened by nobody after that.
async function forget(id, name, asked, say) {
	const why = h('select', { id: 'forget-why' }, ['not-admitted', 'own-right'].map((w) => h('option', { value: w }, t(`forget-${w}`))));
	const yes = await question({ title: `${t(asked ? 'forget-confirm' : 'forget-ask')}: ${name}`, text: t(asked ? 'forget-confirm-says' : 'forget-says'), yes: t(asked ? 'forget-confirm' : 'forget-ask'),
		body: [h('label', { class: 'field', for: 'forget-why' }, t('forget-why')), why], fields: [{ name: 'reason', label: t('reason'), required: true, type: 'textarea' }] });
	if (!yes)
		return;
	try {
		await ask('forget', { person: id, why: why.value, confirm: Boolean(asked), ...yes });
		refresh();
		await say(note('good', `✓ ${t(asked ? 'forget-confirmed' : 'forget-asked')}`));
	} catch (e) {
		await say(note('block', `✖ ${e.message}`));
	}
}
const forgetButton = (x, id, say) => (x.forgotten ? null : h('button', { type: 'button', class: 'forget', 'aria-label': `${t(x.forget_asked ? 'forget-confirm' : 'forget-ask')}: ${nameOf(x)}`,
	onclick: () => forget(id, nameOf(x), x.forget_asked, say) }, `${t(x.forget_asked ? 'forget-confirm' : 'forget-ask')}…`));

/* ---- members ---- */

async function importFile(file, again) {
	if (!file)
		return;
	const bytes = new Uint8Array(await file.arrayBuffer());
	let sent;
	try {
		sent = { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
	} catch { // of an older program: the bytes as they are, to be looked at after they were converted
		sent = { hex: Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('') };
	}
	try {
		const look = await ask('members_import', { ...sent, dry_run: true });
		const alike = h('select', { id: 'alike' }, ['skip', 'take'].map((v) => h('option', { value: v }, t(`alike-${v}`))));
		if (!await question({ title: t('import-members'), text: t('import-look', { n: number(look.count) }), yes: t('import-take'), body: [
			h('table', { id: 'preview' }, h('thead', null, h('tr', null, ['person-name', 'birth', 'card', 'admitted'].map((n) => h('th', { scope: 'col' }, t(n))))), h('tbody', null, look.rows.map((r) =>
				h('tr', null, h('th', { scope: 'row' }, r.name), h('td', null, day(r.birth)), h('td', null, r.card), h('td', null, day(r.admitted)))))),
			look.encoding ? note('warn', `⚠ ${t('converted', { e: look.encoding })}`) : null, look.alike.length ? [note('warn', `⚠ ${t('import-alike', { n: number(look.alike.length), list: look.alike.slice(0, 10).map((x) => `${x.line}: ${x.name}${x.case ? ` (${t('alike-case', { c: x.case.slice(0, 8), u: x.unit, s: x.stage })})` : ''}`).join('; ') })}`), alike] : null].flat().filter(Boolean) }))
			return;
		const got = await ask('members_import', { ...sent, alike: look.alike.length ? alike.value : '' });
		refresh();
		await again(note('good', `✓ ${t('imported', { n: number(got.taken) })}`));
	} catch (e) {
		const list = (e instanceof Refused && e.answer.problems) || [];
		await again(h('div', { class: 'note block' }, `✖ ${e.message}`, h('ul', null, list.map((p) => h('li', null, `${t('line')} ${p.line}: ${p.text}`)))));
	}
}

async function members(content, state) {
	let wanted = '';
	const body = h('tbody'), count = h('p', { class: 'dim', id: 'members-count' }), said = h('div', { role: 'alert', id: 'said' });
	async function end(m) {
		const how = h('select', { id: 'how' }, ENDS.map((e) => h('option', { value: e }, t(`end-${e}`))));
		const yes = await question({ title: `${t('end-member')}: ${m.name || t('sealed')}`, yes: t('keep'), body: [h('label', { class: 'field', for: 'how' }, t('how-ended')), how],
			fields: [{ name: 'day', label: t('on-day'), type: 'date', required: true }, { name: 'reason', label: t('reason') }] });
		if (!yes)
			return;
		try {
			await ask('member_end', { member: m.member, how: how.value, ...yes });
			refresh();
			await show(note('good', `✓ ${t('member-ended')}`));
		} catch (e) {
			said.replaceChildren(note('block', `✖ ${e.message}`));
		}
	}
	async function show(told) {
		const a = await ask('members', { text: wanted });
		said.replaceChildren(told || '', contested(a));
		count.textContent = t('members-found', { n: number(a.found), all: number(a.all) });
		table.hidden = !a.members.length;
		body.replaceChildren(...a.members.map((m) => h('tr', null, h('th', { scope: 'row' }, m.name ? h('a', { href: `#/register/member/${m.member}` }, m.name) : t('sealed')), h('td', null, m.birth ? day(m.birth) : ''), h('td', null, m.card || ''),
			h('td', null, day(m.admitted)), h('td', null, m.recognised ? day(m.recognised) : t('in-probation')),
			h('td', null, m.ended ? `${t(`end-${m.state}`)} ${day(m.ended)}` : m.delivered ? '' : `→ ${t('word-queued')}`),
			h('td', null, !mayWrite(state) ? '' : m.ended ? forgetButton(m, m.member, show) || t('forgotten') : h('button', { type: 'button', onclick: () => end(m) }, t('end-member'))))));
	}
	const table = region(t('tab-members'));
	const file = h('input', { type: 'file', id: 'members-file', accept: '.csv,text/csv', 'aria-label': t('import-members'), onchange: (e) => importFile(e.target.files[0], show) });
	const search = h('input', { type: 'search', id: 'find-member', 'aria-label': t('find-person'), placeholder: t('find-person'), autocomplete: 'off' });
	content.append(h('form', { class: 'row', onsubmit: (e) => { e.preventDefault(); wanted = search.value.trim(); show(); } }, search, h('button', { type: 'submit' }, t('search'))),
		mayWrite(state) ? h('p', null, h('label', { class: 'button file' }, t('import-members'), file)) : '', said, count, table);
	table.append(h('table', { id: 'members' }, h('thead', null, h('tr', null,
			['person-name', 'birth', 'card', 'admitted', 'recognised', 'col-state', 'act'].map((n) => h('th', { scope: 'col' }, t(n))))), body));
	await show();
}

export async function register(content, state, [what = 'board', id = '']) {
	if (what === 'new')
		return introduce(content, state);
	if (what === 'case')
		return person(content, state, id);
	if (what === 'member')
		return member(content, id);
	const tabs = ['board', 'list', 'members', 'commend'];
	const tab = tabs.includes(what) ? what : 'board';
	const rest = h('div');
	async function show(told) {
		const answer = await ask('cases');
		rest.replaceChildren(told || '', contested(answer), ...(answer.cases.length ? [tab === 'list' ? list(state, answer, show) : board(answer.cases)] : [note('', t('no-cases'))]).flat());
	}
	content.append(h('h1', null, t('page-register')), leftBehind(state) || '', h('div', { class: 'row tabs' }, tabs.map((x) => h('a', { class: 'button', id: `tab-${x}`, href: `#/register/${x}`, 'aria-current': x === tab ? 'page' : null },
		t(`tab-${x === 'list' ? 'cases' : x}`))), mayWrite(state) ? h('a', { class: 'button', id: 'introduce', href: '#/register/new' }, t('introduce')) : null), rest);
	if (tab === 'commend')
		return (await import('./commend.js')).commend(rest, state);
	return tab === 'members' ? members(rest, state) : show();
}
