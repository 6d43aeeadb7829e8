// Targets by unit and instrument, who is behind and what was done about it, and places.
import { ask, h, t, number, percent, day, isoDay, dayPattern, minute, period, isLimit, goalText, note, question, refresh, drillLink } from './main.js';
import { finds } from './cells.js';
import { printButton, printWindow, paperLink } from './print.js';

const SHOWN = 400;
const name = (i) => `${i.name} ${i.doc_no || ''}`.trim();
const signed = (n) => (n === null || n === undefined ? '' : `${n > 0 ? '+' : ''}${number(n)}`);
const paceMark = (x) => (x.pace === 'far-behind' ? '▼▼' : x.pace === 'behind' ? '▼' : x.pace === 'exceeded' ? '▲' : ['reached', 'kept'].includes(x.pace) ? '✓' : '');
const paceColour = (x) => ({ 'far-behind': 'bad', behind: 'warn', reached: 'good', exceeded: 'bad', kept: 'good' }[x.pace] || '');

function heads(answer, first) {
	const h2 = (text, extra = {}) => h('th', { scope: 'col', class: 'n', ...extra }, text);
	return h('thead', null,
		h('tr', null, first.map((f) => h('th', { scope: 'col', rowspan: 2, class: f.n ? 'n' : null }, f.text)),
			answer.instruments.map((i) => h('th', { scope: 'colgroup', colspan: 4 }, name(i))), h2(t('members'), { rowspan: 2 }), h2(t('map-count'), { rowspan: 2 })),
		h('tr', null, answer.instruments.flatMap(() => [h2(t('col-goal')), h2(t('col-attained')), h2('%'), h2(t('col-variance'))])));
}

function figures(answer, row) {
	return [...row.targets.flatMap((x) => (x === null || x.goal === null ? [h('td', { class: 'n dim', colspan: 4 }, t('no-target-short'))] : [
		h('td', { class: 'n' }, goalText(x)), h('td', { class: 'n' }, x.attained === null ? '–' : number(x.attained)),
		h('td', { class: 'n' }, x.attained === null || isLimit(x) ? '–' : percent(x.attained_percent)),
		h('td', { class: `n ${paceColour(x)}`, title: t('pace-' + x.pace) }, x.attained === null ? '–' : `${paceMark(x)} ${isLimit(x) ? (x.excess > 0 ? signed(x.excess) : '') : signed(x.ahead)}`)])),
	h('td', { class: 'n' }, row.members === null ? '–' : number(row.members)),
	h('td', { class: 'n' }, row.expected ? `${number(row.reported)}/${number(row.expected)}` : '–')];
}

const value = (answer, row) => (row.value === null ? '–'
	: h('a', { href: drillLink(row.unit, answer.measure, answer.from, answer.to), title: t('where-from') }, number(row.value)));

function table(answer, below) {
	const link = (row) => h('a', { href: `#/targets/${encodeURIComponent(row.unit)}/${answer.to}` }, row.name);
	const sum = answer.total;
	return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-targets') }, h('table', { id: 'targets' },
		heads(answer, [{ text: t('unit') }, { text: answer.measure_name, n: true }]),
		h('tbody', null, answer.rows.slice(0, SHOWN).map((row) => h('tr', null, h('th', { scope: 'row' }, link(row)),
			h('td', { class: 'n' }, value(answer, row)), figures(answer, row)))),
		h('tfoot', null, h('tr', null, h('th', { scope: 'row' }, below ? sum.name : link(sum)), h('td', { class: 'n' }, value(answer, sum)),
			figures(answer, sum)))));
}

function places(answer, byUnit) {
	return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('tab-places') }, h('table', { id: 'places' },
		heads(answer, [{ text: t('place'), n: true }, { text: t('unit') }, { text: answer.measure_name, n: true }]),
		h('tbody', null, answer.places.slice(0, SHOWN).map((u) => byUnit.get(u)).map((row) => h('tr', null,
			h('td', { class: 'n' }, row.place === null ? h('span', { class: 'dim' }, t('apart-' + row.apart)) : `${number(row.place)}/${number(row.of)}`),
			h('th', { scope: 'row' }, row.name), h('td', { class: 'n' }, value(answer, row)), figures(answer, row))))));
}

// One key a row: G notes a call at once, N takes own words, Enter shows the unit's months.
function lagging(answer, byUnit, asked, count) {
	const said = h('div', { role: 'alert', id: 'said' });
	const letter = (only) => printWindow(paperLink('letters', 'html', { ...asked, to: answer.to, measure: answer.measure, ...(only ? { only } : {}) }));
	async function put(row, text, tr) {
		try {
			await ask('note', { unit: row.unit, text });
			tr.querySelector('.done').prepend(h('div', null, `→ ${text}`));
			said.replaceChildren();
			refresh();
		} catch (e) {
			said.replaceChildren(note('block', `✖ ${e.message}`));
		}
	}
	async function own(row, tr) {
		const yes = await question({ title: row.name, yes: t('keep'), fields: [{ name: 'text', label: t('what-was-done'), required: true }] });
		if (yes)
			await put(row, yes.text, tr);
	}
	function press(e, row, tr) {
		const by = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[e.key];
		if (e.target !== tr || e.ctrlKey || e.altKey)
			return;
		if (by)
			tr[by]?.focus();
		else if (e.key === 'g' || e.key === 'G')
			put(row, t('called'), tr);
		else if (e.key === 'n' || e.key === 'N')
			own(row, tr);
		else if (e.key === 't' || e.key === 'T')
			letter(row.unit);
		else if (e.key === 'Enter')
			location.hash = `#/targets/${encodeURIComponent(row.unit)}/${answer.to}`;
		else
			return;
		e.preventDefault();
	}
	if (!answer.lagging.length && count)
		return note('', t('no-rows-found'));
	if (!answer.lagging.length)
		return note('good', `✓ ${t('nobody-lags')}`);
	const rows = answer.lagging.slice(0, SHOWN).map((u) => {
		const row = byUnit.get(u), x = row.targets[0];
		const tr = h('tr', { tabindex: 0, 'data-unit': u }, h('th', { scope: 'row' }, row.name), h('td', null, t('cause-' + row.cause),
			row.sheets_missing ? ` (${number(row.sheets_missing)})` : ''),
		h('td', { class: 'n' }, value(answer, row)), h('td', { class: 'n' }, x && !isLimit(x) ? number(x.by_now) : ''), h('td', { class: 'n' }, x ? goalText(x) : ''),
		h('td', { class: 'n' }, x && !isLimit(x) ? number(x.per_month) : ''),
		h('td', null, [row.contact, row.phone].filter(Boolean).join(' ') || '–'), h('td', null, row.last_entry ? minute(row.last_entry) : '–'),
		h('td', { class: 'done' }, row.notes.map((n) => h('div', null, `${day(n.day)} ${n.who}: ${n.text}`))),
		h('td', null, h('button', { type: 'button', onclick: () => put(row, t('called'), tr) }, `${t('called-button')} (G)`), ' ',
			h('button', { type: 'button', onclick: () => own(row, tr) }, `${t('note-button')} (N)`), ' ',
			h('button', { type: 'button', onclick: () => letter(row.unit) }, `${t('letter')} (T)`)));
		tr.addEventListener('keydown', (e) => press(e, row, tr));
		return tr;
	});
	return [said, h('div', { class: 'row' }, h('button', { type: 'button', id: 'letters', onclick: () => letter('') }, `${t('letters')} (${number(count)})…`),
		h('span', { class: 'keys' }, t('lagging-keys'))), h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('tab-lagging') },
		h('table', { id: 'lagging' }, h('thead', null, h('tr', null, ['unit', 'cause', 'col-attained', 'by-now', 'col-goal', 'per-month', 'contact',
			'last-entry', 'what-was-done', 'act'].map((n) => h('th', { scope: 'col' }, t(n))))), h('tbody', null, rows)))];
}

async function unitMonths(content, state, unit, to) {
	const answer = await ask('target_months', { unit, to });
	const sums = answer.instruments.map((_, i) => answer.months.reduce((n, m) => n + m.due[i], 0));
	const got = answer.months.reduce((n, m) => n + (m.value || 0), 0);
	content.append(h('h1', null, `${t('page-targets')}: ${answer.name}`), h('div', { class: 'row' }, h('a', { href: '#/targets' }, `← ${t('page-targets')}`),
		printButton(state, () => ({ paper: 'totals', title: answer.name, given: { unit, from: `${to.slice(0, 4)}-01-01`, to } }))),
		h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('by-month') }, h('table', { id: 'by-month' },
			h('thead', null, h('tr', null, h('th', { scope: 'col', rowspan: 2 }, t('col-period')), h('th', { scope: 'col', rowspan: 2, class: 'n' }, t('col-attained')),
				answer.instruments.map((i) => h('th', { scope: 'colgroup', colspan: 2 }, name(i)))),
			h('tr', null, answer.instruments.flatMap(() => [h('th', { scope: 'col', class: 'n' }, t('due-month')), h('th', { scope: 'col', class: 'n' }, t('col-variance'))]))),
			h('tbody', null, answer.months.map((m) => h('tr', null, h('th', { scope: 'row' }, period(m.period)),
				h('td', { class: 'n' }, m.value === null ? '–' : number(m.value)),
				m.due.flatMap((d) => [h('td', { class: 'n' }, number(d)), h('td', { class: 'n' }, m.value === null ? '' : signed(m.value - d))])))),
			h('tfoot', null, h('tr', null, h('th', { scope: 'row' }, t('sum')), h('td', { class: 'n' }, number(got)),
				sums.flatMap((d) => [h('td', { class: 'n' }, number(d)), h('td', { class: 'n' }, signed(got - d))]))))),
		answer.instruments.length ? h('p', { class: 'dim' }, t('due-says')) : note('', t('no-targets')));
}

export async function targets(content, state, [unit, to]) {
	if (unit)
		return unitMonths(content, state, unit, to);
	const asked = { by: 'attainment', level: 'direct' };
	let tab = 'table', wanted = '', turn = 0;
	const rest = h('div');
	// Whoever has gone on to another tab before the answer is here sees that one, whichever answer comes last.
	async function show() {
		const mine = ++turn;
		const answer = await ask('targets', asked);
		if (mine !== turn)
			return;
		const byUnit = new Map(answer.rows.map((r) => [r.unit, r]));
		const all = answer.rows.length, behind = answer.lagging.length;
		const below = all > 0; // without, its own line is all there is to see
		if (wanted) {
			answer.rows = answer.rows.filter((r) => finds(wanted, r));
			answer.places = answer.places.filter((u) => finds(wanted, byUnit.get(u)));
			answer.lagging = answer.lagging.filter((u) => finds(wanted, byUnit.get(u)));
		}
		const tabs = { table: t('tab-table'), ...(below ? { lagging: `${t('tab-lagging')} (${number(behind)})`, places: t('tab-places') } : {}),
			...(asked.level === 'direct' ? { forecast: t('tab-forecast') } : {}),
			...(state.superior && ['approver', 'operator'].includes(state.role) ? { allocate: t('tab-allocate') } : {}), own: t('tab-own') };
		if (!(tab in tabs))
			tab = 'table';
		const banded = tab === 'forecast' ? await (await import('./forecast.js')).bands(answer) : null;
		const handing = ['allocate', 'own'].includes(tab) ? await (await import('./allocate.js')).allocation(tab, state) : null;
		if (mine !== turn)
			return;
		const shownOf = (a) => (tab === 'lagging' ? a.lagging : a.rows).length;
		const pick = (id, label, list, now, change) => [h('span', { class: 'pair' }, h('label', { for: id }, label), h('select', { id, onchange: (e) => { change(e.target.value); show(); } },
			list.map(([v, text]) => h('option', { value: v, selected: v === now }, text))))];
		rest.replaceChildren(
			handing ? '' : h('div', { class: 'row' },
				h('span', { class: 'pair' }, h('label', { for: 'to' }, t('to-day')), h('input', { type: 'text', id: 'to', value: day(answer.to), size: 11,
					pattern: dayPattern, placeholder: t('day-example'), onchange: (e) => {
						if (e.target.value && e.target.checkValidity()) {
							asked.to = isoDay(e.target.value);
							show();
						}
					} })),
				below || asked.level !== 'direct' ? pick('level', t('level'), [['direct', t('level-direct')], ['grassroots', t('level-grassroots')]], asked.level, (v) => { asked.level = v; }) : null,
				all > SHOWN ? h('input', { type: 'search', id: 'find-row', 'aria-label': t('name-or-code'), placeholder: t('name-or-code'), autocomplete: 'off', value: wanted, size: 30,
					onchange: (e) => { wanted = e.target.value.trim(); show(); } }) : null,
				printButton(state, () => (tab === 'lagging' ? { paper: 'laggards', title: t('tab-lagging'), given: { ...asked, to: answer.to, measure: answer.measure } }
					: { paper: 'table', title: t(tab === 'places' ? 'tab-places' : 'tab-table'), given: { from: answer.from, to: answer.to, measure: answer.measure,
						level: asked.level, order: tab === 'places' ? asked.by : 'official' } })),
				tab === 'places' ? pick('by', t('place-by'), [['attainment', t('by-attainment')], ['rate', t('by-rate')], ['count', t('by-count')]], asked.by,
					(v) => { asked.by = v; }) : null),
			h('div', { class: 'row tabs', role: 'group', 'aria-label': t('page-targets') }, Object.entries(tabs).map(([k, text]) => h('button', { type: 'button', id: `tab-${k}`,
				'aria-pressed': String(k === tab), onclick: () => { tab = k; show(); } }, text))),
			...(handing ? [handing] : [!answer.instruments.length ? note('', t('no-targets')) : '', banded !== null ? banded : tab === 'table' ? table(answer, below)
				: tab === 'places' ? places(answer, byUnit) : lagging(answer, byUnit, asked, behind)].flat()),
			!handing && shownOf(answer) > SHOWN ? note('', t('left-out-rows', { n: number(SHOWN), of: number(shownOf(answer)) })) : '',
			handing ? '' : h('p', { class: 'dim' }, t('known-to', { n: number(answer.known.lsn), d: minute(answer.known.time) }), ' ', t('variance-says')));
		rest.querySelector(`#tab-${tab}`)?.focus();
	}
	content.append(h('h1', null, t('page-targets')), rest);
	await show();
}
