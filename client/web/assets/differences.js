// A figure that a superior entered on behalf beside what the unit itself reported instead.
import { ask, h, t, number, minute, period, note, sheetLink } from './main.js';
import { fold } from './cells.js';

const SHOWN = 400;

function side(s) {
	return [h('strong', null, s.value === null ? t('blank') : number(s.value)), h('div', { class: 'dim' }, [s.name, s.by_unit, minute(s.time)].filter(Boolean).join(', ')),
		s.from ? h('div', { class: 'dim' }, t('on-the-word-of', { who: s.from })) : ''];
}

export async function differences(content) {
	const a = await ask('differences');
	const place = h('div');
	const find = h('input', { type: 'search', id: 'find-difference', 'aria-label': t('name-or-code'), placeholder: t('name-or-code'), autocomplete: 'off', oninput: () => draw() });
	const more = (d) => (d.own.value === null || d.behalf.value === null ? null : d.own.value - d.behalf.value);
	const line = (d) => h('tr', null, h('th', { scope: 'row' }, h('a', { href: sheetLink(d.unit, d.form, d.period) }, d.unit_name)), h('td', null, period(d.period)), h('td', null, d.name),
		h('td', null, side(d.behalf)), h('td', null, side(d.own)), h('td', { class: 'n' }, more(d) === null ? '' : `${more(d) > 0 ? '+' : ''}${number(more(d))}`));
	function draw() {
		const words = fold(find.value).split(/\s+/).filter(Boolean);
		const list = a.differences.filter((d) => words.every((w) => fold(`${d.unit_name} ${d.unit} ${d.name}`).includes(w)));
		place.replaceChildren(list.length ? h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-differences') }, h('table', { id: 'differences' },
			h('thead', null, h('tr', null, ['unit', 'col-period', 'col-measure', 'on-behalf-figure', 'own-figure'].map((n) => h('th', { scope: 'col' }, t(n))),
				h('th', { scope: 'col', class: 'n' }, t('col-difference')))), h('tbody', null, list.slice(0, SHOWN).map(line)))) : note('', t('no-rows-found')),
		list.length > SHOWN || a.all > a.differences.length ? note('', t('left-out-rows', { n: number(Math.min(SHOWN, list.length)), of: number(a.all) })) : '');
	}
	content.append(h('h1', null, t('page-differences')), h('p', null, t('differences-says')), h('p', null, h('a', { href: '#/contests' }, t('page-contests'))),
		...(a.differences.length ? [h('div', { class: 'row' }, find), place] : [note('good', `✓ ${t('no-differences')}`)]));
	if (a.differences.length)
		draw();
}
