// A computer that is no device yet: the two lines of a card, then the first contact. Nothing else needs to be known.
import { ask, h, t, number, note, setLanguage, language } from './main.js';

const SYMBOLS = 35; // seven groups of five

const field = (id, label, hint, attributes) => [h('label', { class: 'field', for: id }, label, h('input', { type: 'text', id, required: true, autocomplete: 'off',
	autocapitalize: 'characters', spellcheck: 'false', 'aria-describedby': `${id}-hint`, ...attributes })), h('p', { class: 'dim', id: `${id}-hint` }, hint)];

async function firstContact(content) {
	const said = h('p', { role: 'status' }), bar = h('progress', { 'aria-label': t('enrol-going') });
	content.replaceChildren(h('h1', null, t('enrol-going')), said, bar);
	for (;;) {
		const { line, known, unit_name: unit } = await ask('state');
		said.textContent = `${unit || ''} ${t('enrol-brought', { n: number(line.pulled) })}`;
		if (line.done) {
			content.replaceChildren(h('h1', null, line.ok && known ? t('enrol-done') : t('enrol-half')), line.ok ? '' : note('block', line.why),
				h('p', null, unit || ''), h('a', { class: 'button', href: line.ok ? '#/' : '#/exchange', id: 'begin', onclick: () => setTimeout(() => location.reload(), 0) },
					t(line.ok ? 'enrol-begin' : 'page-exchange')));
			content.querySelector('#begin').focus();
			return;
		}
		await new Promise((r) => setTimeout(r, 200));
	}
}

export function enrol(content) {
	const said = h('div', { role: 'alert', id: 'said' }), left = h('span', { class: 'dim' });
	const other = language() === 'vi' ? 'en' : 'vi';
	const form = h('form', { id: 'enrol', onsubmit: async (e) => {
		e.preventDefault();
		const button = form.querySelector('button.main');
		button.disabled = true;
		said.replaceChildren(note('', t('enrol-asking')));
		try {
			await ask('enrol', { address: form.querySelector('#address').value.trim(), code: form.querySelector('#code').value.trim() });
			await firstContact(content);
		} catch (x) {
			said.replaceChildren(note('block', `✖ ${x.message}`));
			button.disabled = false;
			form.querySelector('#code').focus();
		}
	} }, ...field('address', t('enrol-server'), t('enrol-server-hint'), { autofocus: true, placeholder: '10.0.0.5:7441', maxlength: 200, autocapitalize: 'none' }),
	...field('code', t('enrol-code'), t('enrol-code-hint'), { maxlength: 80, oninput: (e) => {
		const n = e.target.value.replace(/[^0-9A-Za-z]/g, '').length;
		left.textContent = n && n !== SYMBOLS ? t('enrol-left', { n, of: SYMBOLS }) : n ? '✓' : '';
	} }), h('p', { role: 'status' }, left), h('div', { class: 'row' }, h('button', { class: 'main', type: 'submit' }, t('enrol-do')),
		h('button', { type: 'button', lang: other, onclick: async () => { await setLanguage(other); enrol(content); } }, other === 'en' ? 'English' : 'Tiếng Việt')));
	content.replaceChildren(h('h1', null, t('enrol-title')), h('p', null, t('enrol-says')), said, form);
	form.querySelector('#address').focus();
}
