// Papers: to the printer in a window of their own, into a file as a spreadsheet or as CSV. And what the unit's papers say
// above and below.
import { ask, h, t, language, day, isoDay, dayPattern, note, question, refresh } from './main.js';

export const paperLink = (paper, ending, given) => `/paper/${paper}.${ending}?${new URLSearchParams({ ...given, lang: language() })}`;

// The year up to the last month that is over.
export function yearSoFar(today) {
	const [y, m] = today.split('-').map(Number);
	const to = new Date(Date.UTC(y, m - 1, 0)).toISOString().slice(0, 10);
	return { from: `${to.slice(0, 4)}-01-01`, to };
}

export function printWindow(link) {
	const paper = window.open(link);
	paper?.addEventListener('load', () => paper.print());
}

async function keep(link) {
	const got = await fetch(link);
	if (!got.ok) {
		await question({ title: t('print'), text: await got.text() });
		return;
	}
	const name = /filename="([^"]+)"/.exec(got.headers.get('Content-Disposition') || '');
	const a = h('a', { href: URL.createObjectURL(await got.blob()), download: name ? name[1] : 'ketnap' });
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 60000);
}

// Number and day of the document, then where it goes. `of`: {paper, title, given}.
export function choose(of, today) {
	const before = document.activeElement;
	const number = h('input', { type: 'text', id: 'doc-no', maxlength: 40, autocomplete: 'off' });
	const on = h('input', { type: 'text', id: 'doc-day', value: of.paper === 'blank' ? '' : day(today), pattern: dayPattern, placeholder: t('day-example'), autocomplete: 'off' });
	const outside = ['table', 'totals'].includes(of.paper) ? h('input', { type: 'checkbox', id: 'for-outside' }) : null;
	const form = h('form', { method: 'dialog' }, h('h2', { id: 'print-title' }, `${t('print')}: ${of.title}`),
		h('label', { class: 'field' }, t('doc-no'), number), h('label', { class: 'field' }, t('doc-day'), on),
		outside ? h('p', null, outside, h('label', { for: 'for-outside' }, ` ${t('for-outside')}`)) : null,
		h('div', { class: 'row' }, h('button', { class: 'main', type: 'submit', value: 'html', id: 'to-printer' }, t('print')),
			of.paper === 'blank' ? null : [h('button', { type: 'submit', value: 'xlsx', id: 'to-xlsx' }, t('to-xlsx')),
				h('button', { type: 'submit', value: 'csv', id: 'to-csv' }, t('to-csv'))],
			h('button', { type: 'button', onclick: () => dialog.close() }, t('cancel'))),
		h('p', { class: 'dim' }, t('print-says'), ' ', h('a', { href: '#/header', onclick: () => dialog.close() }, t('page-header'))));
	const dialog = h('dialog', { 'aria-labelledby': 'print-title' }, form);
	form.addEventListener('submit', (e) => {
		const ending = e.submitter?.value || 'html';
		const given = { ...of.given, ...(number.value.trim() ? { doc_no: number.value.trim() } : {}), ...(on.value ? { day: isoDay(on.value) } : {}),
			...(outside?.checked ? { public: 'yes' } : {}) };
		(ending === 'html' ? printWindow : keep)(paperLink(of.paper, ending, given));
	});
	dialog.addEventListener('keydown', (e) => e.stopPropagation());
	dialog.addEventListener('close', () => {
		dialog.remove();
		before?.focus();
	});
	document.body.append(dialog);
	dialog.showModal();
	number.focus();
}

// `what()` says of which paper, when it is pressed.
export const printButton = (state, what, label = 'print', id = 'print') => h('button', { type: 'button', id, onclick: () => choose(what(), state.today) },
	`${t(label)}…`);

/* ---- what stands above and below ---- */

const FIELDS = ['superior', 'issuer', 'symbol', 'place', 'secrecy', 'recipients', 'authority', 'title', 'signer', 'preparer', 'phone', 'chief_title', 'chief'];

export async function header(content, state) {
	const said = h('div', { role: 'alert', id: 'said' });
	const inputs = new Map();
	let shown = {};
	const form = h('form', { id: 'header', onsubmit: async (e) => {
		e.preventDefault();
		const fields = Object.fromEntries([...inputs].map(([n, i]) => [n, i.value.trim()]).filter(([n, v]) => v !== (shown[n] || '')));
		if (!Object.keys(fields).length) {
			said.replaceChildren(note('', t('nothing-changed')));
			return;
		}
		try {
			take(await ask('header_set', { fields }));
			said.replaceChildren(note('good', `✓ ${t('header-kept')}`));
			refresh();
		} catch (x) {
			said.replaceChildren(note('block', `✖ ${x.message}`));
		}
	} }, FIELDS.map((n) => {
		const input = h('input', { type: 'text', id: `field-${n}`, maxlength: 400, autocomplete: 'off' });
		inputs.set(n, input);
		return h('label', { class: 'field' }, t(`head-${n}`), input);
	}), h('div', { class: 'row' }, h('button', { class: 'main', type: 'submit' }, t('keep')), h('a', { class: 'button', target: '_blank', rel: 'noopener', id: 'look-at',
		href: paperLink('totals', 'html', yearSoFar(state.today)) }, t('look-at-paper'))));
	function take(answer) {
		shown = answer.fields;
		for (const [n, input] of inputs)
			input.value = shown[n] || '';
	}
	take(await ask('header'));
	content.append(h('h1', null, `${t('page-header')}: ${state.unit_name}`), h('p', null, t('header-says')), said, form);
}
