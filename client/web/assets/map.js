// Units by months: who has sent what, and the way to each sheet.
import { ask, h, t, labelled, number, shortMonth, period, wordSymbol, wordColour, word, note, sheetLink } from './main.js';

function cell(answer, row, i, today) {
	const w = row.cells[i] === 'empty' ? (answer.months[i].to < today ? 'missing' : 'open') : row.cells[i];
	const p = answer.months[i].period;
	if (!w)
		return h('td', null, h('span', { title: t('not-due') }, '·'));
	const says = `${row.name}, ${period(p)}: ${t('word-' + w)}`;
	return h('td', { class: wordColour(w) },
		h('a', { href: sheetLink(row.unit, answer.form, p), title: says, 'aria-label': `${wordSymbol(w)} ${says}`.trim() }, wordSymbol(w)));
}

// Of a unit that does not report itself: how many below it have. Its part is one step away. A symbol with each colour.
const marks = { whole: ['✓', 'good'], most: ['!', 'warn'], few: ['✖', 'bad'], look: ['≠', 'bad'], open: ['', ''] };

function rolled(answer, row, i, today, open, used) {
	const c = row.cells[i];
	if (!c)
		return h('td', null, h('span', { title: t('not-due') }, '·'));
	const [sent, due, look] = c, over = answer.months[i].to < today;
	const kind = look ? 'look' : sent === due ? 'whole' : !over ? 'open' : sent * 2 < due ? 'few' : 'most';
	used.add(kind);
	const says = `${row.name}, ${period(answer.months[i].period)}: ${t('n-of-n', { n: number(sent), of: number(due) })}`;
	return h('td', { class: marks[kind][1] }, h('a', { href: '#/map', title: says, 'aria-label': says, onclick: (e) => {
		e.preventDefault();
		open(row.unit);
	} }, `${marks[kind][0]} ${number(sent)}/${number(due)}`.trim()));
}

function table(answer, today, open, used) {
	if (answer.rolled)
		return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-map') }, h('table', { class: 'map' },
			h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('unit')),
				answer.months.map((m) => h('th', { scope: 'col', title: period(m.period) }, shortMonth(m.period))))),
			h('tbody', null, answer.rows.map((row) => h('tr', null,
				h('th', { scope: 'row', title: [row.contact, row.phone].filter(Boolean).join(' ') }, row.name),
				row.cells.map((_, i) => rolled(answer, row, i, today, open, used))))),
			h('tfoot', null, h('tr', null, h('th', { scope: 'row' }, t('map-count')), answer.months.map((_, i) => h('td', null, h('span', null,
				`${number(answer.rows.reduce((n, r) => n + (r.cells[i] ? r.cells[i][0] : 0), 0))}/${
					number(answer.rows.reduce((n, r) => n + (r.cells[i] ? r.cells[i][1] : 0), 0))}`)))))));
	const has = (row, i) => row.cells[i] && row.cells[i] !== 'empty' && row.cells[i] !== 'unsigned';
	const due = (i) => answer.rows.filter((r) => r.cells[i]).length;
	return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-map') }, h('table', { class: 'map' },
		h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('unit')),
			answer.months.map((m) => h('th', { scope: 'col', title: period(m.period) }, shortMonth(m.period))))),
		h('tbody', null, answer.rows.map((row) => h('tr', null,
			h('th', { scope: 'row', title: [row.contact, row.phone].filter(Boolean).join(' ') }, row.name),
			row.cells.map((_, i) => cell(answer, row, i, today))))),
		h('tfoot', null, h('tr', null, h('th', { scope: 'row' }, t('map-count')),
			answer.months.map((_, i) => h('td', null, h('span', null,
				`${number(answer.rows.filter((r) => has(r, i)).length)}/${number(due(i))}`)))))));
}

// `head`: 'h2' within another page.
export async function map(content, state, parts, head = 'h1') {
	async function show(part) {
		const answer = await ask('map', { part });
		const used = new Set(answer.rolled ? [] : answer.rows.flatMap((r) => r.cells.map((c, i) =>
			(c === 'empty' ? (answer.months[i].to < state.today ? 'missing' : 'open') : c))));
		const rows = answer.rows.length ? table(answer, state.today, show, used) : note('', t('no-rows'));
		const choose = h('select', { id: 'part', onchange: (e) => show(e.target.value) },
			h('option', { value: '' }, t('all-units')),
			answer.parts.map((p) => h('option', { value: p.unit, selected: p.unit === part }, p.name)));
		content.replaceChildren(h(head, null, t('page-map')),
			h('div', { class: 'row' }, labelled('part', choose)),
			rows,
			answer.left_out ? note('', t('left-out', { n: number(answer.rows.length) })) : '',
			h('p', { class: 'row' }, answer.rolled ? ['whole', 'most', 'few', 'look'].filter((k) => used.has(k)).map((k) =>
				h('span', { class: `word ${marks[k][1]}` }, `${marks[k][0]} ${t('part-' + k)}`)) : [...used].filter(Boolean).map(word)),
			h('p', { class: 'dim' }, t('as-known')));
	}
	await show('');
}
