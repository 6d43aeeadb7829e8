// Find a unit by a part of its name or code, with or without diacritics, and go to it.
import { h, t } from './main.js';
import { fold } from './cells.js';

const SHOWN = 12;

// `units`: [{unit, name}]. Resolves to one of them, or null.
export function pickUnit(units) {
	return new Promise((resolve) => {
		const input = h('input', { type: 'text', autocomplete: 'off', id: 'pick-unit', role: 'combobox', 'aria-expanded': 'true',
			'aria-controls': 'pick-list', 'aria-autocomplete': 'list' });
		const list = h('ul', { id: 'pick-list', role: 'listbox', 'aria-label': t('unit') });
		const title = h('h2', { id: 'pick-title' }, t('go-to-unit'));
		const dialog = h('dialog', { 'aria-labelledby': 'pick-title' }, title,
			h('label', { class: 'field' }, t('name-or-code'), input), list,
			h('div', { class: 'row' }, h('button', { type: 'button', onclick: () => dialog.close() }, t('cancel'))));
		const before = document.activeElement;
		let found = [], at = 0, answer = null;

		// The answer is given with the key: the browser tells of the closing later, when other keys have come.
		function choose(u) {
			answer = u || null;
			dialog.close();
			end();
		}
		function end() {
			if (!dialog.isConnected)
				return;
			dialog.remove();
			before?.focus();
			resolve(answer);
		}
		function show() {
			const words = fold(input.value).split(/\s+/).filter(Boolean);
			found = units.filter((u) => words.every((w) => fold(`${u.name} ${u.unit}`).includes(w))).slice(0, SHOWN);
			at = Math.min(at, Math.max(0, found.length - 1));
			list.replaceChildren(...found.map((u, i) => h('li', { role: 'option', id: `pick-${i}`, 'aria-selected': String(i === at),
				onclick: () => choose(u) }, `${u.name} (${u.unit})`)));
			input.setAttribute('aria-activedescendant', found.length ? `pick-${at}` : '');
		}
		input.addEventListener('input', () => { at = 0; show(); });
		dialog.addEventListener('keydown', (e) => {
			e.stopPropagation();
			const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
			if (by) {
				e.preventDefault();
				at = Math.max(0, Math.min(found.length - 1, at + by));
				show();
			} else if (e.key === 'Enter' && e.target === input) {
				e.preventDefault();
				choose(found[at]);
			}
		});
		dialog.addEventListener('close', end);
		document.body.append(dialog);
		show();
		dialog.showModal();
		input.focus();
	});
}
