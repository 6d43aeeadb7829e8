// What was drafted for the units directly below, what they registered, and targets made of it: tried first, then given
// by a document.
import { ask, h, t, number, day, isoDay, dayPattern, period, isLimit, note, question, refresh } from './main.js';

const INSTRUMENTS = ['resolution', 'decision', 'plan', 'letter', 'notice', 'directive', 'conclusion', 'programme', 'scheme', 'other'];

export async function publishing(year, state) {
	const a = (await ask('drafts', { period: year })).below;
	if (!a || !a.drafted)
		return h('p', { class: 'dim', id: 'no-drafts' }, t('no-drafts-below', { p: period(year) }));
	const rows = {}; // given otherwise, or not at all, by unit
	const result = h('div', { id: 'published', 'aria-live': 'polite' });
	const place = h('section', { id: 'drafts-below' });
	const forget = () => result.replaceChildren();

	function line(r) {
		const open = r.state !== 'published';
		const give = h('input', { type: 'text', size: 6, inputmode: 'numeric', autocomplete: 'off', 'aria-label': `${t('give-otherwise')}: ${r.name}`, onchange: () => change() });
		const out = h('input', { type: 'checkbox', 'aria-label': `${t('left-out-share')}: ${r.name}`, onchange: () => change() });
		const change = () => {
			rows[r.unit] = { value: give.value.trim(), left_out: out.checked };
			forget();
		};
		return h('tr', { 'data-unit': r.unit }, h('th', { scope: 'row' }, r.name), h('td', { class: 'n' }, r.draft === null ? '–' : `${isLimit(r) ? '≤ ' : ''}${number(r.draft)}`),
			h('td', { class: 'n' }, r.registered === null ? '–' : number(r.registered)), h('td', { class: 'n' }, r.difference === null ? '' : `${r.difference > 0 ? '+' : ''}${number(r.difference)}`),
			h('td', null, r.reason || ''), h('td', null, t(`draft-${r.state}`)), h('td', null, open ? give : `${number(r.given)} (${r.doc_no})`), h('td', null, open ? out : ''));
	}
	const instrument = h('select', { id: 'publish-instrument', onchange: forget }, INSTRUMENTS.map((i) => h('option', { value: i, selected: i === 'decision' }, t(`instrument-${i}`))));
	const no = h('input', { type: 'text', id: 'publish-no', required: true, maxlength: 40, autocomplete: 'off', size: 14, oninput: forget });
	const on = h('input', { type: 'text', id: 'publish-day', required: true, pattern: dayPattern, placeholder: t('day-example'), size: 11, autocomplete: 'off', value: day(state.today), oninput: forget });
	const take = h('select', { id: 'publish-take', onchange: forget }, ['draft', 'registered'].map((v) => h('option', { value: v }, t(`take-${v}`))));
	const asked = () => ({ period: year, instrument: instrument.value, doc_no: no.value.trim(), day: isoDay(on.value), take: take.value, rows });

	async function attempt() {
		try {
			const got = await ask('publish', { ...asked(), dry_run: true });
			result.replaceChildren(note('good', `✓ ${t('publish-would', { n: number(got.targets), sum: number(got.sum) })}`,
				got.taken_back ? ` ${t('publish-back', { n: number(got.taken_back) })}` : ''),
			h('div', { class: 'row' }, h('button', { type: 'button', class: 'main', id: 'publish', onclick: () => give(got) }, t('publish'))));
		} catch (e) {
			result.replaceChildren(note('block', `✖ ${e.message}`));
		}
	}
	async function give(got) {
		if (!await question({ title: t('publish'), text: t('publish-ask', { p: period(year), n: number(got.targets), sum: number(got.sum), no: no.value.trim() }), yes: t('publish') }))
			return;
		try {
			const done = await ask('publish', asked());
			place.replaceWith(h('section', { id: 'drafts-below' }, note('good', `✓ ${t('publish-done', { n: number(done.targets) })}`)));
			refresh();
		} catch (e) {
			result.replaceChildren(note('block', `✖ ${e.message}`));
		}
	}
	const form = h('form', { class: 'row', onsubmit: (e) => { e.preventDefault(); attempt(); } }, h('label', null, `${t('publish-take')} `, take), h('label', null, `${t('publish-instrument')} `, instrument),
		h('label', null, `${t('act-no')} `, no), h('label', null, `${t('doc-day')} `, on), h('button', { type: 'submit', id: 'try-publish', class: 'main' }, t('try-publish')));
	const open = a.rows.some((r) => r.state !== 'published' && r.state !== 'none');
	place.append(h('h2', null, t('drafts-below', { p: period(year) })), h('p', { id: 'answered' }, t('drafts-stand', { n: number(a.answered), of: number(a.drafted), draft: number(a.draft),
		registered: number(a.registered) }), a.published ? ` ${t('drafts-published', { n: number(a.published) })}` : ''),
	h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('drafts-below', { p: period(year) }) }, h('table', { id: 'drafts-table' }, h('thead', null, h('tr', null,
		[['unit'], ['draft-number', 'n'], ['registered-number', 'n'], ['col-difference', 'n'], ['reason'], ['col-state'], ['give-otherwise'], ['left-out-share']].map(([n, c]) =>
			h('th', { scope: 'col', class: c }, t(n))))), h('tbody', null, a.rows.filter((r) => r.state !== 'none' || r.registered !== null).map(line)))),
	...(open ? [form, result] : []));
	return place;
}
