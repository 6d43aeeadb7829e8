// Who changed what. From a total to its units, from a unit to its sheets, from a figure to its versions and
// what the server said to each.
import { ask, h, t, drillLink, figureLink, both, number, day, minute, period, note } from './main.js';

const path = (...parts) => '#/log/' + parts.map(encodeURIComponent).join('/');

const verdict = (e, acked) => (e.verdict === 'accepted' ? `✓ ${acked}` : e.verdict === 'none' ? `→ ${t('word-queued')}`
	: `${e.verdict === 'late' ? '!' : '⊘'} ${t('word-' + e.verdict)}: ${e.why}`);
// Who is not known here by name: the server itself, or somebody above at a device of their own.
const author = (e) => e.author || t(/^0*$/.test(e.device || '') ? 'role-console' : 'by-superior');
// What a command notes of itself is told in words.
function source(text) {
	const m = /^(?:console:[^:]*(?:: import \S+ (.*))?|enter --file (.*))$/.exec(text || '');
	return m ? (m[1] || m[2] ? t('by-import', { file: m[1] || m[2] }) : '') : text === 'enrolment' ? t('by-card') : text || '';
}
const aside = (e) => [e.on_behalf ? `${t('on-behalf')}: ${e.on_behalf}` : '', e.reason ? `${t('reason')}: ${e.reason}` : '', source(e.source)].filter(Boolean).join(' · ');

async function figure(content, [unit, form, p, measure]) {
	const a = await ask('figure', { unit, form, period: p, measure });
	const what = (v) => [v.writes ? (v.value === null ? t('blank') : number(v.value)) : '', v.signs ? t('signs') : '', !v.writes && !v.signs ? v.kind_text : '']
		.filter((x) => x !== '').join(', ');
	content.append(h('h1', null, `${both(a.measure_name)}: ${a.name}, ${period(a.period)}`),
		h('p', null, h('a', { href: `#/sheet/${[unit, form, p].map(encodeURIComponent).join('/')}` }, t('open-sheet'))),
		a.versions.length ? h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-log') }, h('table', { id: 'versions' },
			h('thead', null, h('tr', null, ['when', 'what', 'by-whom', 'server-says', 'remarks'].map((n) => h('th', { scope: 'col' }, t(n))))),
			h('tbody', null, a.versions.map((v) => h('tr', { class: v.stands ? 'stands' : '' }, h('td', null, v.lsn ? minute(v.time) : minute(v.device_time)),
				h('td', null, h('strong', null, what(v)), v.stands ? ` ● ${t('stands')}` : ''),
				h('td', null, v.lsn ? author(v) : t('this-device')), h('td', null, verdict(v, t('ack-short', { n: number(v.lsn) }))),
				h('td', null, [v.signer ? `${t('signer-short')}: ${v.signer}` : '', aside(v)].filter(Boolean).join(' · ')))))))
			: note('', t('no-versions')));
}

async function total(content, [unit, measure, from, to]) {
	const a = await ask('drill', { unit, measure, from, to });
	const kids = a.children.filter((c) => c.value !== null);
	content.append(h('h1', null, `${a.measure_name}: ${a.name}`), h('p', null, t('between', { from: day(a.from), to: day(a.to) }), ' ',
		h('strong', null, a.value === null ? '–' : number(a.value))));
	const lines = (id, head, list, first, href) => h('table', { id }, h('thead', null, h('tr', null, h('th', { scope: 'col' }, head),
		h('th', { scope: 'col', class: 'n' }, a.measure_name))), h('tbody', null, list.map((x) => h('tr', null,
		h('th', { scope: 'row' }, h('a', { href: href(x) }, first(x))), h('td', { class: 'n' }, x.value === null ? h('span', { class: 'dim' }, t('blank')) : number(x.value),
			x.counts === false ? ` (${t('not-counted')})` : '', x.values > 1 ? ` ≠` : '')))));
	if (a.sheets.length)
		content.append(h('h2', null, t('own-sheets')), lines('sheets', t('col-period'), a.sheets, (x) => period(x.period), (x) =>
			figureLink(a.unit, x.form, x.period, a.measure)));
	if (a.children.length)
		content.append(h('h2', null, t('units-below')), lines('children', t('unit'), a.children, (x) => x.name, (x) => drillLink(x.unit, a.measure, a.from, a.to)),
			h('p', { class: 'dim' }, t('n-of-n', { n: number(kids.length), of: number(a.children.length) })));
	if (!a.sheets.length && !a.children.length)
		content.append(note('', t('no-rows')));
}

async function entries(content, unit) {
	const body = h('tbody');
	const more = h('button', { type: 'button', id: 'more', onclick: () => add() }, t('older'));
	let before = 0;
	const link = (e) => (e.form && e.period ? h('a', { href: `#/sheet/${[e.unit, e.form, e.period].map(encodeURIComponent).join('/')}` }, period(e.period)) : '');
	async function add() {
		const a = await ask('log', { unit, before });
		body.append(...[...a.entries].reverse().map((e) => h('tr', null, h('td', { class: 'n' }, number(e.lsn)), h('td', null, minute(e.time)),
			h('td', null, e.unit ? h('a', { href: path('unit', e.unit) }, e.unit_name || e.unit) : ''), h('td', null, e.kind_text, ' ', link(e)),
			h('td', null, author(e)), h('td', null, verdict(e, t('word-acked'))), h('td', null, aside(e)))));
		before = a.entries.length ? a.entries[0].lsn : before;
		more.hidden = !a.more;
	}
	await add();
	content.append(h('h1', null, unit ? `${t('page-log')}: ${unit}` : t('page-log')), h('p', { class: 'dim' }, t('log-says')),
		h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-log') }, h('table', { id: 'entries' },
			h('thead', null, h('tr', null, ['number', 'when', 'unit', 'what', 'by-whom', 'server-says', 'remarks'].map((n) => h('th', { scope: 'col' }, t(n))))), body)),
		h('p', null, more));
}

export async function log(content, state, [kind, ...rest]) {
	if (kind === 'figure')
		return figure(content, rest);
	if (kind === 'total')
		return total(content, rest);
	return entries(content, kind === 'unit' ? rest[0] : '');
}
