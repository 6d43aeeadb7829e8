// The first page: this month's sheet, what is asked for, the own targets.
import { ask } from './api.js';
import { h, svg, t, both, number, percent, day, minute, period, nilName, isLimit, goalText, markAt, word, note, came, sheetLink, drillLink, question } from './dom.js';
import { refresh } from './main.js';

async function nil(state, m, again) {
	const yes = await question({ title: t(nilName(m.period)), text: t('nil-ask', { unit: state.unit_name, p: period(m.period) }),
		yes: t('sign'),
		fields: state.role === 'clerk' ? [
			{ name: 'signer', label: t('signer'), required: true }, { name: 'title', label: t('signer-title') },
			{ name: 'paper_day', label: t('paper-day'), required: true, type: 'date', value: state.today }] : [] });
	if (!yes)
		return;
	const sheet = (await ask('sheet', m)).sheet;
	try {
		await ask('submit', { ...m, ...yes, nil: true, seen: sheet.seen });
		again(note('good', `✓ ${t('signed', { p: period(m.period) })}`));
	} catch (e) {
		again(note('block', e.message, ' ', h('a', { href: sheetLink(state.unit, m.form, m.period) }, t('open-sheet'))));
	}
}

const untouched = (state, m) => (m.word === 'empty' || m.word === 'draft') && state.role !== 'auditor';

function monthRow(state, m, again, nils) {
	const ended = m.to < state.today;
	const w = m.word === 'empty' ? (ended ? 'missing' : 'open') : m.word;
	const key = { unit: state.unit, form: m.form, period: m.period };
	const fresh = untouched(state, m);
	return h('tr', null,
		h('th', { scope: 'row' }, period(m.period)), h('td', null, both(m.form_name)),
		h('td', null, word(w), m.draft && w !== 'draft' ? [' ', word('draft')] : null),
		h('td', null, h('a', { class: 'button', href: sheetLink(state.unit, m.form, m.period) },
			t(fresh ? 'enter' : 'look'))),
		nils ? h('td', null, fresh ? h('button', { type: 'button', onclick: () => nil(state, key, again) }, t(nilName(m.period))) : null) : null);
}

function months(state, list, again) {
	if (!list.length)
		return [note('', t('no-reports'))];
	const nils = list.some((m) => untouched(state, m));
	return [h('div', { class: 'scroll' }, h('table', null,
		h('thead', null, h('tr', null, ['col-period', 'col-form', 'col-state', 'col-open', ...(nils ? ['col-nil'] : [])].map((n) =>
			h('th', { scope: 'col' }, t(n))))),
		h('tbody', null, list.map((m) => monthRow(state, m, again, nils)))))];
}

function asked(state, list) {
	if (!list.length)
		return [];
	return [h('h2', null, t('asked')), h('ul', null, list.map((q) => h('li', null,
		h('a', { href: sheetLink(state.unit, q.form, q.period) }, `${both(q.form_name)}, ${period(q.period)}`), ' ',
		word(q.word === 'empty' ? (q.due.slice(0, 10) < state.today ? 'missing' : 'open') : q.word), ' ',
		t('asked-by', { by: q.by, due: minute(q.due) }))))];
}

function bar(target) {
	const of = Math.max(target.goal, target.attained, 1);
	const at = (n) => `${Math.round((n * 1000) / of) / 10}%`;
	return h('div', { class: 'bar', 'aria-hidden': 'true' }, svg('svg', { preserveAspectRatio: 'none' },
		svg('rect', { class: 'fill', x: 0, y: 0, height: '100%', width: at(target.attained) }),
		...(isLimit(target) ? markAt(at(target.goal), 'goal') : markAt(at(target.by_now), 'pace'))));
}

function targetPart(target, reporting) {
	const name = `${target.instrument_name} ${target.doc_no || ''}`.trim();
	const head = h('h3', null, `${target.measure_name}: ${name}, ${day(target.from)} – ${day(target.to)}`);
	if (target.goal === null)
		return [head, h('p', null, t('no-goal'))];
	const where = h('a', { href: drillLink(target.unit, target.measure, target.from, target.to), title: t('where-from') }, '▸');
	if (isLimit(target))
		return [head, bar(target), h('p', null, where, ' ', t('limit-stand', { a: number(target.attained), g: number(target.goal) }), ' ',
			h('strong', null, t('pace-' + target.pace)), target.excess > 0 ? `: ${t('excess', { n: number(target.excess) })}` : '.',
			reporting ? ` ${t('reported-of', { p: period(reporting.period), n: number(reporting.reported), of: number(reporting.expected) })}` : null)];
	return [head, bar(target), h('p', null,
		where, ' ', t('attained', { a: number(target.attained), g: goalText(target), p: percent(target.attained_percent) }), ' ',
		target.missing ? t('still-missing', { n: number(target.missing) }) : t('excess', { n: number(target.excess) }), ' ',
		h('strong', null, t('pace-' + target.pace)), '. ',
		target.missing && target.days_left ? t('pace-need', { n: number(target.per_month), now: number(target.by_now),
			d: number(target.days_left) }) : null,
		reporting ? ` ${t('reported-of', { p: period(reporting.period), n: number(reporting.reported), of: number(reporting.expected) })}` : null)];
}

// The ten furthest behind, with the cause; whole on the page of targets.
async function furthest(place) {
	const a = await ask('targets');
	const rows = new Map(a.rows.map((r) => [r.unit, r]));
	place.replaceChildren(...(a.lagging.length ? [h('h2', null, t('furthest-behind')), h('ol', { id: 'furthest' },
		a.lagging.slice(0, 10).map((u) => rows.get(u)).map((r) => h('li', null, h('a', { href: `#/targets/${encodeURIComponent(r.unit)}/${a.to}` }, r.name),
			`: ${r.value === null ? '–' : number(r.value)}${r.targets[0] ? `/${goalText(r.targets[0])}` : ''}, ${t('cause-' + r.cause)}${
				r.sheets_missing ? ` (${number(r.sheets_missing)})` : ''}`))),
	h('p', null, h('a', { href: '#/targets' }, t('page-targets')))] : []));
}

// Its code comes when it is wanted.
const printLater = (state) => h('button', { type: 'button', id: 'print', onclick: async () => {
	const { choose, yearSoFar } = await import('./print.js');
	choose({ paper: state.superior ? 'table' : 'totals', title: t(state.superior ? 'tab-table' : 'own-totals'), given: yearSoFar(state.today) }, state.today);
} }, `${t('print')}…`);

// When what there is has been painted; not every browser tells.
const onceSeen = (f) => (window.requestIdleCallback ? requestIdleCallback(f, { timeout: 1000 }) : setTimeout(f, 50));

export async function home(content, state) {
	const below = h('section', { 'aria-busy': state.superior ? 'true' : null }), behind = h('section');
	let targets = [];
	const later = async () => { // what takes longer comes when the rest can be used
		await (await import('./map.js')).map(below, state, [], 'h2');
		await furthest(behind);
	};
	async function show(told) {
		const answer = (!told && came('home')) || await ask('home');
		targets = answer.targets;
		if (told)
			await refresh();
		content.replaceChildren(
			h('h1', null, state.superior && !answer.months.length ? t('home-superior') : t('home-title')), told || '',
			...(answer.months.length || !state.superior ? months(state, answer.months, show) : []),
			...asked(state, answer.asked.filter((q) => q.by !== state.unit_name)), // what it asks of others is on the board
			h('div', { class: 'row' }, h('h2', null, t('targets')), printLater(state)),
			...(answer.targets.length ? answer.targets.flatMap((x) => targetPart(x, answer.reporting))
				: [h('p', { class: 'dim' }, t('no-targets'))]),
			...(state.superior ? [behind, below] : []), state.superior ? '' : h('p', { class: 'dim' }, t('as-known')));
	}
	await show();
	onceSeen(async () => {
		await import('./forecast.js').then((f) => f.onHome(content, targets)).catch(() => {}); // without one the page is whole too
		if (state.superior)
			await later().catch((e) => below.replaceChildren(note('block', e.message)));
		below.removeAttribute('aria-busy');
	});
}
