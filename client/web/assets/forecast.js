// The forecast of the year: a band on the bars and in words.
import { ask, h, svg, t, number, day, isLimit, goalText, markAt } from './main.js';

// The bar of a target: attained, where the pace should be, and the band that holds the end of the year in eight of ten
// years. `f` null: no forecast.
function targetBar(target, f) {
	const of = Math.max(target.goal, target.attained || 0, f ? f.high : 0, 1);
	const at = (n) => `${Math.round((n * 1000) / of) / 10}%`;
	const parts = [svg('rect', { class: 'fill', x: 0, y: 0, height: '100%', width: at(target.attained || 0) })];
	if (f)
		parts.push(svg('rect', { class: 'band', x: at(f.low), y: '25%', height: '50%', width: at(Math.max(f.high - f.low, of / 200)) }),
			svg('line', { class: 'expected', x1: at(f.value), x2: at(f.value), y1: '25%', y2: '75%' }));
	parts.push(...markAt(at(target.by_now), 'pace'), ...markAt(at(target.goal), 'goal'));
	return h('div', { class: 'bar', 'aria-hidden': 'true' }, svg('svg', { preserveAspectRatio: 'none' }, ...parts));
}

const range = (f) => (f.low === f.high ? number(f.low) : `${number(f.low)}–${number(f.high)}`);

const inWords = (f, year) => [t('forecast-says', { y: year, n: number(f.value), r: range(f) }),
	f.reach_percent === null ? '' : t('forecast-reach', { n: number(f.reach_percent) })].filter(Boolean).join(' ');

// Targets of a year, to be reached: of others nothing is forecast.
const fits = (x, year) => x.goal !== null && !x.group && x.from === `${year}-01-01` && x.to === `${year}-12-31` && !isLimit(x);

// Into the bars of the first page, which is there without them.
export async function onHome(content, targets) {
	const bars = [...content.querySelectorAll('.bar')], with_bar = targets.filter((x) => x.goal !== null);
	for (const measure of new Set(with_bar.filter((x) => !x.group).map((x) => x.measure))) {
		const a = await ask('forecast', { measure });
		with_bar.forEach((x, i) => {
			if (x.measure !== measure || !a.own || !fits(x, a.year) || !bars[i]?.isConnected)
				return;
			bars[i].replaceWith(targetBar(x, a.own));
			content.querySelectorAll('.bar')[i].after(h('p', { class: 'forecast' }, `▤ ${inWords(a.own, a.year)}`));
		});
	}
}

// Of the table of targets: a bar for each unit, beside the words.
export async function bands(answer) {
	const first = answer.instruments[0];
	if (!first)
		return '';
	const a = await ask('forecast', { below: true, measure: answer.measure });
	const line = (row, f) => {
		const x = row.targets[0];
		if (!x || x.goal === null || isLimit(x))
			return null;
		return h('tr', null, h('th', { scope: 'row' }, row.name), h('td', { class: 'wide' }, targetBar(x, f)), h('td', { class: 'n' }, `${x.attained === null ? '–' : number(x.attained)}/${goalText(x)}`),
			h('td', { class: 'n' }, number(x.by_now)), h('td', { class: 'n' }, f ? number(f.value) : '–'), h('td', { class: 'n' }, f ? range(f) : '–'),
			h('td', { class: 'n' }, f && f.reach_percent !== null ? `${number(f.reach_percent)}%` : '–'), h('td', { class: 'n' }, `${number(row.reported)}/${number(row.expected)}`));
	};
	const rows = answer.rows.map((r) => line(r, a.rows[r.unit])).filter(Boolean), total = line(answer.total, a.own);
	return h('div', null, h('p', null, t('bands-says', { y: a.year, d: day(a.to) })), h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('tab-forecast') },
		h('table', { id: 'forecasts' }, h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('unit')), h('th', { scope: 'col' }, `${first.name} ${first.doc_no || ''}`.trim()),
			['col-attained', 'by-now', 'forecast-col', 'forecast-range', 'forecast-chance'].map((n) => h('th', { scope: 'col', class: 'n' }, t(n))),
			h('th', { scope: 'col', class: 'n' }, t('map-count')))), h('tbody', null, rows), total ? h('tfoot', null, total) : null)));
}
