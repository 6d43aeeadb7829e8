// Whom the unit, and units below it, put forward for a commendation; somebody put forward, and taken back.
import { ask, h, t, number, period, note, question, refresh } from './main.js';

// What is over: quarters, halves and years, the newest first.
function periods(today) {
	const year = Number(today.slice(0, 4));
	const ends = { Q1: '03-31', Q2: '06-30', H1: '06-30', Q3: '09-30', Q4: '12-31', H2: '12-31', '': '12-31' };
	return [year, year - 1].flatMap((y) => Object.entries(ends).filter(([, end]) => `${y}-${end}` <= today).reverse().map(([part]) => (part ? `${y}-${part}` : `${y}`)));
}

function form(state, answer, show) {
	const said = h('div', { role: 'alert', id: 'said' });
	const line = (name, label, attributes) => h('label', { class: 'field' }, t(label), h('input', { type: 'text', name, maxlength: 240, autocomplete: 'off', ...attributes }));
	const select = (name, label, options) => h('label', { class: 'field' }, t(label), ' ', h('select', { name }, options.map(([v, text]) => h('option', { value: v }, text))));
	return h('form', { id: 'commend', onsubmit: async (e) => {
		e.preventDefault();
		try {
			await ask('commend_add', Object.fromEntries([...new FormData(e.target)].map(([k, v]) => [k, v.trim()])));
			refresh();
			await show(note('good', `✓ ${t('commend-done')}`));
		} catch (x) {
			said.replaceChildren(note('block', `✖ ${x.message}`));
		}
	} }, h('h2', null, t('commend-add')), h('p', { class: 'dim' }, t('commend-says')), said, line('name', 'person-name', { required: true }), line('title', 'commend-title', { required: true }),
	select('period', 'col-period', periods(state.today).map((p) => [p, period(p)])), line('helped', 'commend-helped', { required: true, inputmode: 'numeric', size: 6 }),
	select('body', 'commend-body', [['', t('commend-own-only')], ...answer.bodies.map((b) => [b.unit, b.name])]), line('reason', 'commend-why', {}),
	h('div', { class: 'row' }, h('button', { class: 'main', type: 'submit' }, t('commend-add'))));
}

export async function commend(content, state) {
	const year = Number(state.today.slice(0, 4));
	const of = h('select', { id: 'commend-year', 'aria-label': t('col-period'), onchange: () => show() }, [0, 1, 2, 3].map((n) => h('option', { value: year - n }, t('year', { y: year - n }))));
	const rest = h('div');
	const nameOf = (p) => p.person || (p.named ? t('sealed') : t('commend-unnamed'));
	async function back(p) {
		const yes = await question({ title: `${t('commend-back')}: ${p.person || p.title}`, yes: t('commend-back'), fields: [{ name: 'reason', label: t('reason') }] });
		if (!yes)
			return;
		try {
			await ask('commend_back', { number: p.number || '', title: p.title, period: p.period, ...yes });
			refresh();
			await show(note('good', `✓ ${t('commend-back-done')}`));
		} catch (e) {
			await show(note('block', `✖ ${e.message}`));
		}
	}
	async function show(told) {
		const answer = await ask('commended', { period: of.value });
		const bodies = new Map(answer.bodies.map((b) => [b.unit, b.name]));
		const line = (p) => h('tr', null, h('th', { scope: 'row' }, nameOf(p)), h('td', null, p.title), h('td', null, p.unit_name), h('td', null, period(p.period)), h('td', { class: 'n' }, number(p.helped)),
			h('td', null, p.body ? t('commend-read-by', { u: bodies.get(p.body) || p.body }) : '', p.reason ? h('div', null, p.reason) : ''), h('td', null, p.delivered ? '' : `→ ${t('word-queued')}`,
				p.own && answer.may ? [' ', h('button', { type: 'button', class: 'back', 'aria-label': `${t('commend-back')}: ${nameOf(p)}`, onclick: () => back(p) }, t('commend-back'))] : ''));
		rest.replaceChildren(told || '', answer.people.length ? h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('tab-commend') }, h('table', { id: 'commended' }, h('thead', null,
			h('tr', null, ['person-name', 'commend-title', 'unit', 'col-period', 'commend-helped', 'remarks', 'col-state'].map((n) => h('th', { scope: 'col', class: n === 'commend-helped' ? 'n' : null }, t(n))))),
		h('tbody', null, answer.people.map(line)))) : note('', t('commend-none')), answer.may ? form(state, answer, show) : '');
	}
	content.append(h('div', { class: 'row' }, h('label', { for: 'commend-year' }, t('col-period')), of), rest);
	await show();
}
