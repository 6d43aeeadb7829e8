// The organisation on two days side by side, and figures as they were and as they are, line by line.
import { ask, h, t, number, day, isoDay, dayPattern, note } from './main.js';
import { fold } from './cells.js';
import { pickUnit } from './pick.js';
import { region, heads } from './acts.js';
import { serverPart } from './server.js';

const SHOWN = 400;

const dayInput = (id, label, value) => h('label', null, `${t(label)} `, h('input', { type: 'text', id, size: 11, required: true, pattern: dayPattern, placeholder: t('day-example'),
	autocomplete: 'off', value: day(value) }));
const typed = (form, id) => isoDay(form.querySelector(`#${id}`).value);

/* ---- the tree as it was and as it is ---- */

// What became of a unit between the two days.
function fate(was, is) {
	if (!was)
		return 'begun';
	if (!is)
		return 'gone';
	return [was.parent !== is.parent ? 'moved' : '', was.name !== is.name ? 'renamed' : '', was.kind !== is.kind ? 'other-kind' : ''].filter(Boolean).join(' ') || 'same';
}

// In the order of today's tree; what is no more stands where it stood, behind the unit it stood after.
function sideBySide(was, is) {
	const before = new Map(was.map((u) => [u.unit, u])), now = new Set(is.map((u) => u.unit));
	const rows = is.map((u) => ({ was: before.get(u.unit), is: u }));
	const at = new Map(rows.map((r, i) => [r.is.unit, i]));
	const gone = new Map(); // by the place behind which they are told
	let behind = -1;
	for (const u of was) {
		if (now.has(u.unit))
			behind = at.get(u.unit);
		else
			gone.set(behind, [...(gone.get(behind) || []), { was: u, is: null }]);
	}
	return [...(gone.get(-1) || []), ...rows.flatMap((r, i) => [r, ...(gone.get(i) || [])])];
}

export async function tree(state) {
	const place = h('div', { 'aria-live': 'polite' });
	const find = h('input', { type: 'search', id: 'find-unit', 'aria-label': t('name-or-code'), placeholder: t('name-or-code'), autocomplete: 'off', oninput: () => draw() });
	const only = h('input', { type: 'checkbox', id: 'only-changed', checked: true, onchange: () => draw() });
	const year = state.today.slice(0, 4);
	let rows = [], a, b;
	const form = h('form', { class: 'row', onsubmit: (e) => { e.preventDefault(); show(); } }, dayInput('tree-was', 'tree-was', `${Number(year) - 1}-12-31`),
		dayInput('tree-is', 'tree-is', state.today), h('button', { type: 'submit', id: 'show-tree', class: 'main' }, t('show')), find, h('label', null, only, ` ${t('only-changed')}`));
	const cell = (u) => (u ? [h('span', { class: 'indent' }, '· '.repeat(u.level)), `${u.name} (${u.unit})`, h('br'), h('span', { class: 'dim' }, u.kind_name)] : '–');
	function into(u) {
		const links = u.into.map((l) => `${l.unit}${l.share === null ? '' : ` (${number(l.share / 10000)}%)`}, ${day(l.from)}`);
		return links.length ? t('went-into', { u: links.join('; ') }) : u.closed ? t('ended-on', { d: day(u.closed) }) : '';
	}
	function line(r) {
		const f = fate(r.was, r.is), above = (u) => (u && u.parent ? t('under', { u: u.parent }) : '');
		return h('tr', null, h('td', null, cell(r.was), f.includes('moved') ? h('div', { class: 'dim' }, above(r.was)) : ''),
			h('td', null, cell(r.is), f.includes('moved') ? h('div', { class: 'dim' }, above(r.is)) : ''),
			h('td', null, f.split(' ').map((x) => t('fate-' + x)).join(', '), r.was && !r.is ? `: ${into(r.was)}` : r.is?.into.length ? `; ${into(r.is)}` : ''));
	}
	function draw() {
		const words = fold(find.value).split(/\s+/).filter(Boolean);
		const list = rows.filter((r) => (!only.checked || fate(r.was, r.is) !== 'same' || r.is?.into.length) &&
			words.every((w) => fold([r.was, r.is].filter(Boolean).map((u) => `${u.name} ${u.unit}`).join(' ')).includes(w)));
		place.replaceChildren(h('p', null, t('tree-counts', { a: number(a.units.length), d: day(a.on), b: number(b.units.length), e: day(b.on) })),
			list.length ? region(t('tab-tree'), h('table', { id: 'tree' }, h('thead', null, h('tr', null, h('th', { scope: 'col' }, `${t('on-day')} ${day(a.on)}`),
				h('th', { scope: 'col' }, `${t('on-day')} ${day(b.on)}`), h('th', { scope: 'col' }, t('what-became')))), h('tbody', null, list.slice(0, SHOWN).map(line))))
				: note('', t(only.checked ? 'nothing-other' : 'no-units')),
			list.length > SHOWN ? note('', t('left-out-rows', { n: number(SHOWN), of: number(list.length) })) : '');
	}
	async function show() {
		try {
			[a, b] = [await ask('tree', { on: typed(form, 'tree-was') }), await ask('tree', { on: typed(form, 'tree-is') })];
			rows = sideBySide(a.units, b.units);
			draw();
		} catch (e) {
			place.replaceChildren(note('block', `✖ ${e.message}`));
		}
	}
	await show();
	return h('div', null, form, place);
}

/* ---- the bridge ---- */

function lines(answer, measure, of) {
	const value = (sums) => (sums[measure] === null || sums[measure] === undefined ? '–' : number(sums[measure]));
	const shown = answer.lines.filter((l) => l.figures[measure] !== undefined);
	const signed = (n) => `${n > 0 ? '+' : ''}${number(n)}`;
	return region(t('tab-bridge'), h('table', { id: 'bridge' }, heads(['bridge-line', 'act-short', of], [of]), h('tbody', null,
		h('tr', null, h('th', { scope: 'row' }, t('as-it-was')), h('td'), h('td', { class: 'n' }, h('strong', null, value(answer.was)))),
		shown.map((l) => h('tr', null, h('th', { scope: 'row' }, `${t(l.moved === 'in' ? 'came-in' : 'went-out')}: ${l.name || l.unit || t('several-units')}`),
			h('td', null, l.act ? t('act-of', { no: l.act, d: day(l.effective) }) : '–'), h('td', { class: 'n' }, signed(l.figures[measure])))),
		h('tr', null, h('th', { scope: 'row' }, t('as-it-is', { d: day(answer.on) })), h('td'), h('td', { class: 'n' }, h('strong', null, value(answer.is)))))));
}

function balance(b) {
	const flows = Object.entries(b.flows).filter(([, n]) => n);
	const cells = (label, n) => h('tr', null, h('th', { scope: 'row' }, label), h('td', { class: 'n' }, n === null ? '–' : number(n)));
	return [h('h2', null, t('balance')), h('p', null, t('n-of-n', { n: number(b.reported), of: number(b.expected) })), region(t('balance'), h('table', { id: 'balance' }, heads(['bridge-line', 'members'], ['members']), h('tbody', null,
		cells(t('balance-opening'), b.opening), flows.map(([code, n]) => cells(b.names[code] || code, n)), b.handed.map((x) => cells(`${t(x.moved === 'in' ? 'came-in' : 'went-out')}: ${x.name || x.unit}, ${x.act}`,
			x.members)), cells(t('balance-closing'), b.closing), cells(t('balance-difference'), b.difference))))];
}

// Whoever does not hold all units asks the server for the bridge; the balance is made of what is held here.
export async function bridge(state, a) {
	const place = h('div', { 'aria-live': 'polite' }), said = h('div', { role: 'alert', id: 'said' });
	const unit = h('input', { type: 'text', id: 'bridge-unit', size: 14, required: true, autocomplete: 'off', value: state.unit });
	const measure = h('select', { id: 'bridge-measure' }, ['admitted', 'members_end'].map((m) => h('option', { value: m }, t(`measure-${m}`))));
	const form = h('form', { class: 'row', onsubmit: (e) => { e.preventDefault(); said.replaceChildren(); show(); } }, h('label', null, `${t('unit')} `, unit),
		h('button', { type: 'button', id: 'bridge-find', 'aria-label': `${t('find')}: ${t('unit')}`, onclick: async () => {
			const u = await pickUnit((await ask('tree')).units);
			if (u)
				unit.value = u.unit;
		} }, t('find')),
		dayInput('bridge-from', 'from-day', `${state.today.slice(0, 4)}-01-01`), dayInput('bridge-to', 'to-day', state.today), dayInput('bridge-on', 'tree-of-day', state.today),
		h('label', null, `${t('col-measure')} `, measure), h('button', { type: 'submit', class: 'main', id: 'show-bridge' }, t('show')));
	async function show() {
		const asked = { unit: unit.value.trim(), from: typed(form, 'bridge-from'), to: typed(form, 'bridge-to') };
		const on = typed(form, 'bridge-on');
		try {
			const answer = await ask('bridge', { ...asked, on });
			const b = await ask('balance', asked);
			place.replaceChildren(a.whole ? h('p', null, t('bridge-says')) : h('p', null, t('bridge-server')),
				a.whole ? '' : serverPart('bridge', { ...asked, on }, answer, show, (what) => said.replaceChildren(what)),
				answer.lines ? lines(answer, measure.value, `measure-${measure.value}`) : '', answer.lines && answer.on !== on ? note('warn', `⚠ ${t('bridge-other-day', { d: day(answer.on) })}`) : '',
				...balance(b), a.whole ? '' : h('p', { class: 'dim' }, t('balance-here')));
		} catch (e) {
			place.replaceChildren(note('block', `✖ ${e.message}`));
		}
	}
	await show();
	return h('div', null, form, said, place);
}
