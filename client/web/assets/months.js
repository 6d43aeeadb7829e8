// How the months below stand: work, time and what is to be looked at; accept and return many, ask, sum up, close; what
// came late, and what became of it. Beside it the ends of months, requests, and months opened again.
import { ask, h, t, labelled, both, number, day, minute, period, note, question, sheetLink, refresh } from './main.js';
import { finds } from './cells.js';
import { printButton } from './print.js';

const TABS = ['units', 'ends', 'requests', 'unlocks'];
const SHOWN = 400;
const STATES = ['blank', 'draft', 'sent', 'accepted', 'returned', 'closed'];
const symbols = { blank: '○', draft: '✎', sent: '→', accepted: '✓✓', returned: '↩', closed: '▣' };
const colours = { blank: '', draft: 'wait', sent: 'wait', accepted: 'good', returned: 'warn', closed: '' };
const LOOK = ['contested', 'changed', 'broken', 'late-waits', 'provisional', 'on-behalf'];

const why = (r) => [...r.marks.filter((m) => LOOK.includes(m)).map((m) => t('mark-' + m)), r.look ? both(r.look) : ''].filter(Boolean);
const ready = (r) => r.state === 'sent' && !r.own && !r.queued && !why(r).length;

function last(n, today) {
	const [y, m] = today.split('-').map(Number);
	return Array.from({ length: n }, (_, i) => {
		const at = y * 12 + m - 1 - i;
		return `${Math.floor(at / 12)}-${String(at % 12 + 1).padStart(2, '0')}`;
	});
}

export async function months(content, state, [p = '', only = '']) {
	let filter = only, told = '', wanted = '', turn = 0, tab = TABS.includes(p) ? p : 'units';
	if (tab === p)
		p = '';
	const may = { accept: ['approver', 'operator'].includes(state.role), close: state.role === 'operator' };
	const rest = h('div'), tabs = h('div');

	async function act(path, more, done) {
		try {
			const got = await ask(path, more);
			told = [note('good', `✓ ${done(got)}`), ...(got.left && got.left.length ? [note('warn', h('ul', null, got.left.map((x) =>
				h('li', null, `${x.unit}: ${x.text}`))))] : [])];
		} catch (e) {
			told = [note('block', `✖ ${e.message}`)];
		}
		refresh();
		await show();
	}

	function drawTabs() {
		tabs.replaceChildren(h('div', { class: 'row tabs', role: 'group', 'aria-label': t('page-months') }, TABS.map((n) => h('button', { type: 'button', id: `tab-${n}`,
			'aria-pressed': String(n === tab), onclick: async () => {
				tab = n;
				told = '';
				drawTabs();
				tabs.querySelector(`#tab-${n}`).focus();
				await show();
			} }, t(`tab-${n}`)))));
	}
	// Where an act leaves more than one place for the figures somebody says which.
	function lateLine(l) {
		const places = l.places.length > 1 ? h('select', { 'aria-label': t('late-place') }, l.places.map((x, i) => h('option', { value: i }, `${x.unit}, ${period(x.period)}`))) : null;
		const decide = async (counts) => {
			const text = t(counts ? 'late-counts' : 'late-decline');
			const yes = await question({ title: text, text: `${l.unit_name || l.unit}, ${period(l.period)}`, yes: text, fields: [{ name: 'reason', label: t('reason'), required: true, type: 'textarea' }] });
			if (yes)
				await act('decide_late', { lsn: l.lsn, counts, ...(counts && places ? l.places[Number(places.value)] : {}), ...yes }, () => text);
		};
		const figures = Object.entries(l.figures), zeros = figures.filter(([, v]) => v === 0).length;
		const said = [...figures.filter(([, v]) => v !== 0).map(([k, v]) => `${l.names[k]}: ${v === null ? t('blank') : number(v)}`), zeros ? t('zeros', { n: number(zeros) }) : ''];
		return h('li', null, `${l.unit_name || l.unit}, ${period(l.period)}, ${minute(l.time)}: ${said.filter(Boolean).join('; ')} `,
			l.decided ? h('span', { class: `word ${l.counts ? 'good' : ''}` }, l.counts ? `✓ ${t('late-counted')}` : `– ${t('late-declined')}`) : l.may ? [places, ' ',
				h('button', { type: 'button', onclick: () => decide(true) }, t('late-counts')), ' ', h('button', { type: 'button', onclick: () => decide(false) }, t('late-decline'))]
				: h('span', { class: 'word wait' }, `→ ${t('late-waits')}`));
	}
	const late = (list) => (list.length ? [h('h2', null, t('came-late')), h('ul', { id: 'late' }, [...list.filter((l) => !l.decided), ...list.filter((l) => l.decided).slice(-20)].map(lateLine))] : []);

	// Whoever has gone on to another tab before the answer is here sees that one, whichever answer comes last.
	async function show() {
		const mine = ++turn, now = tab;
		if (now !== 'units') {
			const body = await (await import('./month_ends.js'))[now](state, may, act);
			if (mine === turn)
				rest.replaceChildren(...[told].flat(), body);
			return;
		}
		const a = await ask('months', { period: p });
		if (mine !== turn)
			return;
		const key = { form: a.form, period: a.period };
		const rows = a.board.rows;
		const count = (s) => rows.filter((r) => r.state === s).length;
		const list = rows.filter((r) => finds(wanted, r) && (filter === 'look' ? r.state === 'sent' && why(r).length : filter === 'missing' ? r.time === 'missing' : filter === 'amended' ? r.marks.includes('amended') : !filter || r.state === filter));
		const boxes = new Map();
		const picked = (fits) => list.filter((r) => boxes.get(r.unit)?.checked && fits(r)).map((r) => r.unit);
		const sent = (r) => r.state === 'sent' && !r.own && !r.queued, unclosed = (r) => !r.closed;
		const byUnit = new Map(rows.map((r) => [r.unit, r]));
		const named = (u) => h('li', null, [byUnit.get(u).name, ...why(byUnit.get(u))].join(': '));

		async function accept(units) {
			if (!units.length || !await question({ title: t('accept'), text: t('accept-ask', { n: number(units.length), p: period(a.period) }), yes: t('accept'),
				body: h('ul', { class: 'names', tabindex: 0 }, units.map((u) => h('li', null, byUnit.get(u).name))) }))
				return;
			await act('accept', { ...key, units }, (g) => t('accepted-n', { n: number(g.done.length) }));
		}
		async function giveBack(units) {
			if (!units.length)
				return;
			const yes = await question({ title: t('return'), text: t('return-ask', { n: number(units.length), p: period(a.period) }), yes: t('return'),
				body: h('ul', { class: 'names', tabindex: 0 }, units.map((u) => named(u))), fields: [{ name: 'reason', label: t('reason'), required: true,
				type: 'textarea' }] });
			if (yes)
				await act('return', { ...key, units, ...yes }, (g) => t('returned-n', { n: number(g.done.length) }));
		}
		async function request() {
			const yes = await question({ title: t('request'), text: t('request-says'), yes: t('request'), fields: [
				{ name: 'day', label: t('request-day'), type: 'date', required: true, value: state.today },
				{ name: 'due_day', label: t('request-due'), type: 'date', required: true, value: state.today },
				{ name: 'due_time', label: t('request-time'), required: true, value: '16:00', pattern: '([01]?\\d|2[0-3]):[0-5]\\d' }] });
			if (yes)
				await act('request', { form: 'flash', unit: state.unit, day: yes.day, due: `${yes.due_day}T${yes.due_time.padStart(5, '0')}` }, () => t('request-done', { d: day(yes.day) }));
		}
		async function summary() {
			const yes = await question({ title: t('summary-sign'), yes: t('summary-sign'), text: t('summary-ask', { n: number(a.summary.sent), of: number(a.summary.expected),
				p: period(a.period) }), fields: [{ name: 'signer', label: t('signer'), required: true, value: state.person }, { name: 'title', label: t('signer-title') }] });
			if (yes)
				await act('summary', { ...key, ...yes }, () => t('summary-done'));
		}
		async function closeUnits(units) {
			if (!units.length || !await question({ title: t('close-picked'), text: t('close-units-ask', { p: period(a.period), n: number(units.length) }), yes: t('close-picked'),
				body: h('ul', { class: 'names', tabindex: 0 }, units.map((u) => h('li', null, `${byUnit.get(u).name}: ${t('state-' + byUnit.get(u).state)}`))) }))
				return;
			await act('close_many', { form: a.form, closings: units.map((unit) => ({ unit, period: a.period })) }, (g) => t('closed-n', { n: number(g.done.length) }));
		}
		async function close() {
			if (await question({ title: t('close-month'), text: t('close-ask', { p: period(a.period), n: number(a.board.missing) }), yes: t('close-month') }))
				await act('close', key, () => t('close-done', { p: period(a.period) }));
		}
		const tile = (f, symbol, text, n) => h('button', { type: 'button', class: 'tile', id: `state-${f || 'all'}`, 'aria-pressed': String(filter === f), onclick: () => {
			filter = f;
			show();
		} }, h('strong', null, `${symbol} ${number(n)}`), h('span', null, text));
		const box = (r) => {
			const b = h('input', { type: 'checkbox', 'aria-label': r.name });
			boxes.set(r.unit, b);
			return b;
		};
		const all = h('input', { type: 'checkbox', id: 'all', 'aria-label': t('all-units'), onchange: () => { for (const b of boxes.values()) b.checked = all.checked; } });
		const goods = rows.filter(ready).map((r) => r.unit), doubtful = rows.filter((r) => sent(r) && why(r).length).map((r) => r.unit);
		const line = (r) => h('tr', null, may.accept ? h('td', null, sent(r) || (may.close && unclosed(r) && !r.own) ? box(r) : '') : null,
			h('th', { scope: 'row' }, h('a', { href: sheetLink(r.unit, r.form, r.period) }, r.name)),
			h('td', null, h('span', { class: `word ${colours[r.state]}` }, `${symbols[r.state]} ${t('state-' + r.state)}`),
				r.closed && r.state !== 'closed' ? ` ▣ ${t('state-closed')}` : '', r.queued ? ` → ${t('word-queued')}` : ''),
			h('td', null, t('time-' + r.time), r.due ? ` (${day(r.due)})` : ''), h('td', null, r.received ? minute(r.received) : '–'),
			h('td', null, [...r.marks.map((m) => t('mark-' + m)), r.look ? `⚠ ${both(r.look)}` : ''].filter(Boolean).join(' · ')),
			h('td', null, [r.contact, r.phone].filter(Boolean).join(' ') || '–'));

		rest.replaceChildren(
			h('div', { class: 'row' }, labelled('col-period', h('select', { id: 'period', onchange: (e) => {
				p = e.target.value;
				told = '';
				show();
			} }, [...new Set([a.period, ...last(12, state.today)])].sort().reverse().map((q) => h('option', { value: q, selected: q === a.period }, period(q))))),
			rows.length > SHOWN ? h('input', { type: 'search', id: 'find-row', 'aria-label': t('name-or-code'), placeholder: t('name-or-code'), autocomplete: 'off', value: wanted, size: 30,
				onchange: (e) => {
					wanted = e.target.value.trim();
					show();
				} }) : null),
			...[told].flat(),
			h('div', { class: 'tiles', role: 'group', 'aria-label': t('page-months') }, tile('', '', t('all-units'), rows.length),
				STATES.map((s) => tile(s, symbols[s], t('state-' + s), count(s))), tile('amended', '✚', t('mark-amended'), rows.filter((r) => r.marks.includes('amended')).length),
				tile('missing', '✖', t('time-missing'), rows.filter((r) => r.time === 'missing').length),
				tile('look', '⚠', t('to-look-at'), rows.filter((r) => r.state === 'sent' && why(r).length).length)),
			may.accept ? h('div', { class: 'row' },
				h('button', { class: 'main', type: 'button', id: 'accept-all', disabled: !goods.length, onclick: () => accept(goods) }, `${t('accept-all')} (${number(goods.length)})`),
				h('button', { type: 'button', id: 'accept', onclick: () => accept(picked(sent)) }, t('accept-picked')),
				h('button', { type: 'button', id: 'return', onclick: () => giveBack(picked(sent)) }, t('return-picked')),
				h('button', { type: 'button', id: 'return-all', disabled: !doubtful.length, onclick: () => giveBack(doubtful) }, `${t('return-all')} (${number(doubtful.length)})`),
				h('button', { type: 'button', id: 'request', onclick: request }, t('request')),
				h('button', { type: 'button', id: 'summary', onclick: summary }, t('summary-sign')),
				may.close ? [h('button', { type: 'button', id: 'close-picked', onclick: () => closeUnits(picked(unclosed)) }, t('close-picked')),
					h('button', { type: 'button', id: 'close', onclick: close }, t('close-month'))] : null) : '',
			h('div', { class: 'row' }, printButton(state, () => ({ paper: 'months', title: `${t('page-months')}, ${period(a.period)}`, given: key }))),
			h('p', null, t('summary-state', { n: number(a.summary.sent), of: number(a.summary.expected), k: number(a.summary.accepted) }), ' ',
				a.summary.signed ? t('summary-signed', { by: a.summary.signer, n: number(a.summary.changed) }) : t('summary-none')),
			list.length ? h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-months') }, h('table', { id: 'board' },
				h('thead', null, h('tr', null, may.accept ? h('td', null, all) : null, ['unit', 'col-state', 'in-time', 'received', 'marks', 'contact'].map((n) =>
					h('th', { scope: 'col' }, t(n))))),
				h('tbody', null, list.slice(0, SHOWN).map(line)))) : note('', t(wanted ? 'no-rows-found' : 'no-rows-period')),
			list.length > SHOWN ? note('', t('left-out-rows', { n: number(SHOWN), of: number(list.length) })) : '',
			...late(a.late));
	}
	content.append(h('h1', null, t('page-months')), tabs, rest);
	drawTabs();
	await show();
}
