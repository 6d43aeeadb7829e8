// Reorganisation: what units propose, a decision put together and tried before it is sent, the organisation and the
// figures as they were and as they are.
import { ask, h, t, number, day, isoDay, dayPattern, note, question, refresh } from './main.js';
import { pickUnit } from './pick.js';
import { actRow, draft } from './act_form.js';

const TABS = ['proposals', 'new', 'tree', 'bridge'];
const STATES = { waiting: ['→', 'wait'], 'carried-out': ['✓', 'good'], refused: ['⊘', 'warn'] };

export const region = (label, table) => h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, table);
export const heads = (names, numbers = []) => h('thead', null, h('tr', null, names.map((n) => h('th', { scope: 'col', class: numbers.includes(n) ? 'n' : null }, t(n)))));

// A change as a sentence: who, what happens, into what.
function sentence(c, nameOf) {
	const parts = c.parts && c.parts.length ? c.parts.map((p) => (c.change === 'split' ? `${number(p / 10000)}%` : number(p))) : [];
	const into = (c.into || []).map((u, i) => `${nameOf(u)}${parts[i] ? ` (${parts[i]})` : ''}`).join(', ');
	return [`${nameOf(c.unit)}: ${t('change-' + c.change)}`, into ? `→ ${into}` : '', c.parent ? t('under', { u: nameOf(c.parent) }) : '', c.name && c.change !== 'create' ? `“${c.name}”` : '',
		c.ends ? t('ends-after') : ''].filter(Boolean).join(' ');
}

/* ---- what an act would touch ---- */

const sumOf = (rows, name) => rows.reduce((n, r) => n + (name === 'people' ? r.people.length + (r.officer ? 1 : 0) : r[name]), 0);

function touched(answer) {
	const rows = answer.touched, sums = Object.fromEntries(['targets', 'unsent', 'waiting', 'devices', 'cases', 'people'].map((n) => [n, number(sumOf(rows, n))]));
	return [note('good', `✓ ${t('act-holds', { n: number(answer.changes), units: number(rows.length) })}`),
		answer.doubt ? note('warn', `⚠ ${t('act-doubt')} ${answer.doubt}`) : '', answer.whole ? '' : note('', t('act-part')),
		h('p', { id: 'touched-sums' }, t('touched-sums', sums)),
		rows.length ? region(t('touched'), h('table', { id: 'touched' },
			heads(['unit', 'what-happens', 'page-targets', 'not-sent', 'not-accepted', 'devices-short', 'cases-short', 'people-short'],
				['page-targets', 'not-sent', 'not-accepted', 'devices-short', 'cases-short']),
			h('tbody', null, rows.map((r) => h('tr', null, h('th', { scope: 'row' }, `${r.name} (${r.unit})`),
				h('td', null, r.changes.map((c) => t('change-' + c)).join(', ') || t('goes-along')),
				['targets', 'unsent', 'waiting', 'devices', 'cases'].map((n) => h('td', { class: 'n' }, number(r[n]))),
				h('td', null, [...r.people, r.officer ? t('followed-by', { who: r.officer }) : ''].filter(Boolean).join(', ') || '–')))),
			h('tfoot', null, h('tr', null, h('th', { scope: 'row' }, t('sum')), h('td'), ['targets', 'unsent', 'waiting', 'devices', 'cases'].map((n) =>
				h('td', { class: 'n' }, sums[n])), h('td', null, sums.people))))) : ''];
}

/* ---- the document ---- */

const FIELDS = [['no', 'act-no', null], ['signed', 'signed-day', 'day'], ['signer', 'act-signer', null], ['effective', 'effective-day', 'day']];

function documentForm(values) {
	const inputs = new Map();
	const form = h('div', { class: 'row', id: 'document' }, FIELDS.map(([name, label, kind]) => {
		const input = h('input', { type: 'text', id: `act-${name}`, required: true, maxlength: 120, autocomplete: 'off', value: kind && values[name] ? day(values[name]) : values[name],
			pattern: kind ? dayPattern : null, placeholder: kind ? t('day-example') : null, size: kind ? 11 : 24,
			oninput: () => { values[name] = kind ? isoDay(input.value) : input.value.trim(); } });
		inputs.set(name, input);
		return h('label', null, `${t(label)} `, input);
	}));
	return { form, good: () => [...inputs.values()].every((i) => i.reportValidity()) };
}

/* ---- tried, then sent ---- */

// `what()`: the act as it stands. Whatever is changed afterwards has to be tried again.
function trying(what, good, propose, done) {
	const result = h('div', { id: 'tried', 'aria-live': 'polite' });
	let shown = '';
	async function attempt(send) {
		const act = { ...what(), propose };
		try {
			if (send)
				await ask('act_send', act);
			else {
				const answer = await ask('act_try', act);
				shown = JSON.stringify(act);
				result.replaceChildren(...touched(answer), h('div', { class: 'row' }, h('button', { type: 'button', class: 'main', id: 'act-send', onclick: sure },
					t(propose ? 'act-propose' : 'act-carry-out'))));
			}
			return true;
		} catch (e) {
			result.replaceChildren(note('block', `✖ ${e.message}`));
			return false;
		}
	}
	async function sure() {
		if (JSON.stringify({ ...what(), propose }) !== shown) {
			result.replaceChildren(note('warn', `⚠ ${t('act-try-again')}`));
			return;
		}
		const yes = await question({ title: t(propose ? 'act-propose' : 'act-carry-out'), yes: t(propose ? 'act-propose' : 'act-carry-out'),
			text: t(propose ? 'act-propose-ask' : 'act-ask', { no: what().no, d: day(what().effective) }) });
		if (yes && await attempt(true))
			await done(note('good', `✓ ${t(propose ? 'act-proposed' : 'act-queued')}`));
	}
	return { button: h('button', { type: 'button', class: 'main', id: 'act-try', onclick: () => good() && attempt(false) }, t('act-try')), result };
}

/* ---- tabs ---- */

function proposals(a, units, again) {
	const nameOf = (u) => { // some are no more
		const name = a.names[u] || units.get(u)?.name;
		return name ? `${name} (${u})` : u;
	};
	async function refuse(p) {
		const yes = await question({ title: t('act-refuse'), text: `${nameOf(p.unit)}, ${p.no}`, yes: t('act-refuse'),
			fields: [{ name: 'reason', label: t('reason'), required: true, type: 'textarea' }] });
		if (!yes)
			return;
		try {
			await ask('act_refuse', { lsn: p.lsn, ...yes });
			await again(note('good', `✓ ${t('act-refused')}`));
		} catch (e) {
			await again(note('block', `✖ ${e.message}`));
		}
	}
	function carryOut(p, place) {
		const values = { no: p.no, signed: p.signed, signer: p.signer, effective: p.effective };
		const paper = documentForm(values);
		const trial = trying(() => ({ proposal: p.lsn, ...values }), paper.good, false, again);
		place.replaceChildren(h('p', null, t('act-as-proposed')), paper.form, h('div', { class: 'row' }, trial.button), trial.result);
		place.querySelector('input').focus();
	}
	if (!a.proposals.length)
		return [note('', t('no-proposals'))];
	return [...a.proposals].reverse().map((p) => {
		const place = h('div');
		return h('section', { class: 'proposal', 'data-lsn': p.lsn }, h('h2', null, `${nameOf(p.unit)}: ${p.no}`),
			h('p', null, h('span', { class: `word ${STATES[p.state][1]}` }, `${STATES[p.state][0]} ${t('proposal-' + p.state)}`), ' ',
				t('proposal-paper', { d: day(p.signed), who: p.signer, from: day(p.effective) })),
			p.reason ? h('p', null, `${t('reason')}: ${p.reason}`) : '',
			h('ul', null, p.changes.map((c) => h('li', null, sentence(c, nameOf)))),
			p.state === 'waiting' && a.may_act ? h('div', { class: 'row' }, h('button', { type: 'button', class: 'carry-out', onclick: () => carryOut(p, place) }, t('act-carry-out')),
				h('button', { type: 'button', class: 'refuse', onclick: () => refuse(p) }, t('act-refuse'))) : '', place);
	});
}

// What was put together stays while the pages are open.
function put(a, state, units, again) {
	const act = draft(state);
	const paper = documentForm(act);
	const list = h('ol', { id: 'changes' }), form = h('div');
	const nameOf = (u) => (units.get(u) ? `${units.get(u).name} (${u})` : `${act.changes.find((c) => c.change === 'create' && c.unit === u)?.name || ''} (${u})`);
	const propose = !a.may_act;
	const trial = trying(() => ({ ...act }), () => paper.good(), propose, async (told) => {
		Object.assign(act, { no: '', signed: '', signer: '', effective: '', changes: [] });
		await again(told);
	});
	const pick = async () => (await pickUnit([...act.changes.filter((c) => c.change === 'create').map((c) => ({ unit: c.unit, name: c.name })), ...units.values()]))?.unit;
	function show() {
		trial.result.replaceChildren(); // it was about what stood there before
		list.replaceChildren(...act.changes.map((c, i) => h('li', null, sentence(c, nameOf), ' ', h('button', { type: 'button', 'aria-label': `${t('take-out')}: ${sentence(c, nameOf)}`,
			onclick: () => {
				act.changes.splice(i, 1);
				show();
				(list.querySelectorAll('button')[Math.max(0, i - 1)] || form.querySelector('select')).focus();
			} }, t('take-out')))));
		if (!act.changes.length)
			list.replaceChildren(h('li', { class: 'dim' }, t('nothing-changed-yet')));
	}
	form.append(actRow({ kinds: a.kinds, pick, known: (u) => units.get(u), day: () => act.effective, add: (c) => {
		act.changes.push(c);
		show();
	} }));
	show();
	return [h('p', null, t(propose ? 'act-says-propose' : 'act-says')), paper.form, h('h2', null, t('changes')), list, form,
		h('div', { class: 'row' }, trial.button), trial.result];
}

export async function acts(content, state, [first = '']) {
	const rest = h('div'), said = h('div', { id: 'acts-said', role: 'status', 'aria-live': 'polite' });
	let turn = 0, tab = TABS.includes(first) ? first : 'proposals';
	// Who has gone on to another tab is told what came of it, and nothing is drawn anew under their hands.
	const after = (of) => async (told) => {
		if (of === tab)
			await show(told);
		else
			said.replaceChildren(told);
	};
	async function show(told) {
		const mine = ++turn, now = tab;
		const a = await ask('acts');
		const units = now === 'bridge' ? new Map() : new Map((await ask('tree')).units.map((u) => [u.unit, u]));
		const may = a.may_act || a.may_propose;
		const tabs = TABS.filter((n) => n !== 'new' || may);
		await refresh();
		const body = now === 'new' && may ? put(a, state, units, after(now)) : now === 'proposals' || now === 'new' ? proposals(a, units, after(now))
			: [await (await import('./tree.js'))[now](state, a)];
		if (mine !== turn)
			return;
		if (told)
			said.replaceChildren(told);
		rest.replaceChildren(h('div', { class: 'row tabs', role: 'group', 'aria-label': t('page-acts') }, tabs.map((n) => h('button', { type: 'button', id: `tab-${n}`,
			'aria-pressed': String(n === tab), onclick: async () => {
				tab = n;
				said.replaceChildren();
				await show();
				rest.querySelector(`#tab-${n}`).focus();
			} }, `${t(n === 'new' && !a.may_act ? 'tab-propose' : `tab-${n}`)}${n === 'proposals' ? ` (${number(a.proposals.filter((p) => p.state === 'waiting').length)})` : ''}`))),
		said, a.waiting ? note('', t('acts-wait', { n: number(a.waiting) })) : '', ...body);
	}
	content.append(h('h1', null, t('page-acts')), rest);
	await show();
}
