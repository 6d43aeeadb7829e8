// How the months below stand: work, time and what is to be looked at; accept many, return, ask, sum up, close.
import { ask } from './api.js';
import { h, t, both, number, day, minute, period, note, ask as question } from './dom.js';
import { sheetLink } from './home.js';
import { refresh } from './main.js';
import { printButton } from './print.js';

const SHOWN = 400;
const STATES = ['blank', 'draft', 'sent', 'accepted', 'returned', 'closed'];
const symbols = { blank: '○', draft: '✎', sent: '→', accepted: '✓✓', returned: '↩', closed: '▣' };
const colours = { blank: '', draft: 'wait', sent: 'wait', accepted: 'good', returned: 'warn', closed: '' };
const LOOK = ['contested', 'changed', 'broken', 'waits', 'provisional', 'on-behalf'];

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
	let filter = only, told = '';
	const may = { accept: ['approver', 'operator'].includes(state.role), close: state.role === 'operator' };
	const rest = h('div');

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

	async function show() {
		const a = await ask('months', { period: p });
		const key = { form: a.form, period: a.period };
		const rows = a.board.rows;
		const count = (s) => rows.filter((r) => r.state === s).length;
		const list = rows.filter((r) => (filter === 'look' ? r.state === 'sent' && why(r).length : filter === 'missing' ? r.time === 'missing' : !filter || r.state === filter));
		const boxes = new Map();
		const picked = () => list.filter((r) => boxes.get(r.unit)?.checked).map((r) => r.unit);
		const many = (n) => t('n-units', { n: number(n) });

		async function accept(units) {
			if (!units.length || !await question({ title: t('accept'), text: t('accept-ask', { n: number(units.length), p: period(a.period) }), yes: t('accept'),
				body: h('ul', { class: 'names', tabindex: 0 }, units.map((u) => h('li', null, rows.find((r) => r.unit === u).name))) }))
				return;
			await act('accept', { ...key, units }, (g) => t('accepted-n', { n: number(g.done.length) }));
		}
		async function giveBack(units) {
			if (!units.length)
				return;
			const yes = await question({ title: t('return'), text: many(units.length), yes: t('return'), fields: [{ name: 'reason', label: t('reason'), required: true,
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
		const goods = rows.filter(ready).map((r) => r.unit);
		const line = (r) => h('tr', null, may.accept ? h('td', null, r.state === 'sent' && !r.own && !r.queued ? box(r) : '') : null,
			h('th', { scope: 'row' }, h('a', { href: sheetLink(r.unit, r.form, r.period) }, r.name)),
			h('td', null, h('span', { class: `word ${colours[r.state]}` }, `${symbols[r.state]} ${t('state-' + r.state)}`),
				r.queued ? ` → ${t('word-queued')}` : ''),
			h('td', null, t('time-' + r.time), r.due ? ` (${day(r.due)})` : ''), h('td', null, r.received ? minute(r.received) : '–'),
			h('td', null, [...r.marks.map((m) => t('mark-' + m)), r.look ? `⚠ ${both(r.look)}` : ''].filter(Boolean).join(' · ')),
			h('td', null, [r.contact, r.phone].filter(Boolean).join(' ') || '–'));

		rest.replaceChildren(
			h('div', { class: 'row' }, h('label', { for: 'period' }, t('col-period')), h('select', { id: 'period', onchange: (e) => {
				p = e.target.value;
				told = '';
				show();
			} }, [...new Set([a.period, ...last(12, state.today)])].sort().reverse().map((q) => h('option', { value: q, selected: q === a.period }, period(q))))),
			...[told].flat(),
			h('div', { class: 'tiles', role: 'group', 'aria-label': t('page-months') }, tile('', '', t('all-units'), rows.length),
				STATES.map((s) => tile(s, symbols[s], t('state-' + s), count(s))), tile('missing', '✖', t('time-missing'), rows.filter((r) => r.time === 'missing').length),
				tile('look', '⚠', t('to-look-at'), rows.filter((r) => r.state === 'sent' && why(r).length).length)),
			may.accept ? h('div', { class: 'row' },
				h('button', { class: 'main', type: 'button', id: 'accept-all', disabled: !goods.length, onclick: () => accept(goods) }, `${t('accept-all')} (${number(goods.length)})`),
				h('button', { type: 'button', id: 'accept', onclick: () => accept(picked()) }, t('accept-picked')),
				h('button', { type: 'button', id: 'return', onclick: () => giveBack(picked()) }, t('return-picked')),
				h('button', { type: 'button', id: 'request', onclick: request }, t('request')),
				h('button', { type: 'button', id: 'summary', onclick: summary }, t('summary-sign')),
				may.close ? h('button', { type: 'button', id: 'close', onclick: close }, t('close-month')) : null) : '',
			h('div', { class: 'row' }, printButton(state, () => ({ paper: 'months', title: `${t('page-months')}, ${period(a.period)}`, given: key }))),
			h('p', null, t('summary-state', { n: number(a.summary.sent), of: number(a.summary.expected), k: number(a.summary.accepted) }), ' ',
				a.summary.signed ? t('summary-signed', { by: a.summary.signer, n: number(a.summary.changed) }) : t('summary-none')),
			list.length ? h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-months') }, h('table', { id: 'board' },
				h('thead', null, h('tr', null, may.accept ? h('td', null, all) : null, ['unit', 'col-state', 'in-time', 'received', 'marks', 'contact'].map((n) =>
					h('th', { scope: 'col' }, t(n))))),
				h('tbody', null, list.slice(0, SHOWN).map(line)))) : note('', t('no-rows-period')),
			list.length > SHOWN ? note('', t('left-out', { n: number(SHOWN) })) : '',
			...(a.late.length ? [h('h2', null, t('came-late')), h('ul', { id: 'late' }, a.late.map((l) => h('li', null,
				`${l.unit}, ${period(l.period)}, ${minute(l.time)}: ${Object.entries(l.figures).map(([k, v]) => `${k} = ${v === null ? t('blank') : number(v)}`).join('; ')} `,
				may.accept ? ['counts', 'decline'].map((how) => [h('button', { type: 'button', onclick: () => act('decide_late', { lsn: l.lsn, counts: how === 'counts',
					reason: t('late-' + how) }, () => t('late-' + how)) }, t('late-' + how)), ' ']) : '')))] : []));
	}
	content.append(h('h1', null, t('page-months')), rest);
	await show();
}
