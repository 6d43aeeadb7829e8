// Handing a target down: what if, why each share is what it is, sent down as a draft; and what the own unit is to be
// given and answers.
import { ask, h, t, number, day, period, isLimit, note, question, refresh } from './main.js';

const value = (id) => document.getElementById(id).value.trim();

// A quota as people read it: 9 + 613/1.640.
const quota = (q) => `${number(q.whole)}${q.num ? ` + ${number(q.num)}/${number(q.den)}` : ''}`;

function why(r) {
	if (r.why !== 'base')
		return t(`why-${r.why}`);
	const last = r.last.den ? r.last : r.first;
	return [t('why-base', { q: quota(last) }), r.last.num && r.plus_one ? t('why-plus', { n: number(r.remainder_rank) }) : ''].filter(Boolean).join('; ');
}

// Drafts that went down and what came back, and targets made of them. Its own file: whoever hands down only looks.
const answered = async (year, state) => ((await import('./publish.js')).publishing(year, state));

async function handDown(content, state) {
	const year = Number(state.today.slice(0, 4));
	const rows = {}; // what was fixed, limited or left out, by unit
	const result = h('div', { id: 'shares', 'aria-live': 'polite' }), below = h('div');
	let again = async () => {}, turn = 0;
	const typed = () => ({ period: value('for-year'), total: value('share-total'), by: value('share-by'), floor: value('share-floor'), cap: value('share-cap'),
		choice: value('share-choice'), limit: value('share-kind') === 'limit', rows });
	const field = (id, label, attributes) => h('span', { class: 'pair' }, h('label', { for: id }, label),
		h('input', { type: 'text', id, size: 8, autocomplete: 'off', inputmode: 'numeric', ...attributes }));
	const pick = (id, label, list) => h('span', { class: 'pair' }, h('label', { for: id }, label), h('select', { id }, list.map(([v, text]) => h('option', { value: v }, text))));

	function row(r) {
		const lock = h('input', { type: 'text', size: 6, inputmode: 'numeric', autocomplete: 'off', 'aria-label': `${t('lock-share')}: ${r.name}`, value: r.lock === null ? '' : number(r.lock) });
		const out = h('input', { type: 'checkbox', 'aria-label': `${t('left-out-share')}: ${r.name}`, checked: r.left_out });
		const cap = h('input', { type: 'text', size: 6, inputmode: 'numeric', autocomplete: 'off', 'aria-label': `${t('cap-share')}: ${r.name}`, value: rows[r.unit]?.cap || '',
			placeholder: r.cap === null ? '' : number(r.cap) }); // what holds for all
		const change = () => {
			rows[r.unit] = { lock: lock.value.trim(), cap: cap.value.trim(), left_out: out.checked };
			show();
		};
		[lock, cap, out].forEach((i) => i.addEventListener('change', change));
		return h('tr', { 'data-unit': r.unit }, h('th', { scope: 'row' }, r.name), h('td', { class: 'n' }, number(r.base)), h('td', { class: 'n' },
			h('strong', null, r.share === null ? '–' : `${value('share-kind') === 'limit' ? '≤ ' : ''}${number(r.share)}`)), h('td', null, lock), h('td', null, cap), h('td', null, out), h('td', null, why(r)));
	}

	// Where the keys have led meanwhile: the table is drawn anew around it.
	function place() {
		const at = document.activeElement, tr = result.contains(at) && at.closest('tr[data-unit]');
		return tr ? { unit: tr.dataset.unit, field: [...tr.querySelectorAll('input')].indexOf(at) } : null;
	}

	async function show() {
		if (!value('share-total')) {
			result.replaceChildren(note('', t('allocate-begin')));
			return;
		}
		const mine = ++turn; // what was typed last is what is shown, whichever answer comes last
		try {
			const a = await ask('allocate', typed()), was = place();
			if (mine !== turn)
				return;
			result.replaceChildren(h('p', null, t('shared-by', { d: day(a.base_day), n: number(a.base) })),
				h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('tab-allocate') }, h('table', { id: 'allocation' },
					h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('unit')), h('th', { scope: 'col', class: 'n' }, t(value('share-by') === 'last' ? 'by-last' : 'by-members')),
						h('th', { scope: 'col', class: 'n' }, t('share')), h('th', { scope: 'col' }, t('lock-share')), h('th', { scope: 'col' }, t('cap-share')), h('th', { scope: 'col' }, t('left-out-share')),
						h('th', { scope: 'col' }, t('why-share')))),
					h('tbody', null, a.rows.map(row)),
					h('tfoot', null, h('tr', null, h('th', { scope: 'row' }, t('sum')), h('td', { class: 'n' }, number(a.base)), h('td', { class: 'n' },
						number(a.rows.reduce((n, r) => n + (r.share || 0), 0))), h('td', { class: 'n' }, number(a.locked)), h('td'), h('td'), h('td'))))),
				h('div', { class: 'row' }, h('button', { type: 'button', class: 'main', id: 'send-drafts', onclick: send }, t('send-drafts'))));
			if (was)
				[...result.querySelectorAll('tr')].find((x) => x.dataset.unit === was.unit)?.querySelectorAll('input')[was.field]?.focus();
		} catch (e) { // the table stays: what is wrong may have been typed into it
			if (mine !== turn)
				return;
			result.querySelector('.block')?.remove();
			result.querySelector('#send-drafts')?.remove();
			result.prepend(note('block', `✖ ${e.message}`));
		}
	}

	async function send() {
		const yes = await question({ title: t('send-drafts'), text: t(value('share-kind') === 'limit' ? 'drafts-ask-limit' : 'drafts-ask', { p: period(value('for-year')), n: value('share-total') }), yes: t('send-drafts'),
			fields: [{ name: 'answer_by', label: t('answer-by'), type: 'date' }] });
		if (!yes)
			return;
		try {
			const got = await ask('draft_targets', { ...typed(), ...yes });
			result.prepend(note('good', `✓ ${t('drafts-sent', { n: number(got.sent) })}`));
			again();
			refresh();
		} catch (e) {
			result.prepend(note('block', `✖ ${e.message}`));
		}
	}

	const form = h('form', { onsubmit: (e) => { e.preventDefault(); show(); } }, h('div', { class: 'row' },
		field('for-year', t('for-year'), { value: String(year + 1), pattern: '\\d{4}(-\\d{4})?', required: true }),
		pick('share-kind', t('share-kind'), [['goal', t('share-kind-goal')], ['limit', t('share-kind-limit')]]),
		field('share-total', t('share-total'), { required: true }),
		pick('share-by', t('shared-by-what'), [['members', t('by-members')], ['last', t('by-last')]]),
		field('share-floor', t('share-floor')), field('share-cap', t('share-cap')),
		pick('share-choice', t('floors-too-many'), ['refuse', 'raise', 'lower'].map((c) => [c, t(`choice-${c}`)])),
		h('button', { type: 'submit', class: 'main', id: 'try-share' }, t('try-share'))));
	content.append(h('p', null, t('allocate-says')), form, result, below);
	result.replaceChildren(note('', t('allocate-begin')));
	const of = form.querySelector('#for-year');
	again = async () => below.replaceChildren(await answered(of.value.trim(), state));
	of.addEventListener('change', () => of.checkValidity() && again());
	await again();
}

/* ---- the own unit: what it is to be given, and its answer ---- */

async function own(content, state, again) {
	const a = await ask('drafts');
	const said = h('div', { role: 'alert' });
	const register = async (p, now, drafted = null) => { // another number than was drafted needs a reason
		const yes = await question({ title: t('register'), text: t('register-ask', { p: period(p) }), yes: t('register'),
			fields: [{ name: 'value', label: t('how-many'), required: true, value: now === null || now === undefined ? '' : number(now) },
				{ name: 'reason', label: t(drafted === null ? 'reason' : 'reason-differs'), required: drafted === null, type: 'textarea' }] });
		if (!yes)
			return;
		try {
			await ask('register', { period: p, ...yes });
			refresh();
			await again(note('good', `✓ ${t('registered', { p: period(p) })}`));
		} catch (e) {
			said.replaceChildren(note('block', `✖ ${e.message}`));
		}
	};
	content.append(said, h('p', null, t('register-says')));
	if (a.own.length)
		content.append(h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('tab-own') }, h('table', { id: 'drafts' }, h('thead', null, h('tr', null,
			['col-period', 'draft-number', 'answer-by', 'registered-number', 'col-state', 'act'].map((n) => h('th', { scope: 'col' }, t(n))))),
		h('tbody', null, a.own.map((d) => h('tr', null, h('th', { scope: 'row' }, period(d.period)), h('td', { class: 'n' }, d.draft === null ? '–' : `${isLimit(d) ? '≤ ' : ''}${number(d.draft)}`),
			h('td', null, d.answer_by ? day(d.answer_by) : '–'), h('td', { class: 'n' }, d.registered === null || d.registered === undefined ? '–' : number(d.registered)),
			h('td', null, t(`draft-${d.state}`)), h('td', null, h('button', { type: 'button', class: 'answer', onclick: () => register(d.period, d.registered ?? d.draft, d.draft) },
				t('register')))))))));
	else
		content.append(note('', t('no-drafts')));
	const next = String(Number(state.today.slice(0, 4)) + 1);
	content.append(h('div', { class: 'row' }, h('button', { type: 'button', id: 'register', onclick: () => register(next, null) }, t('register-year', { y: next }))));
}

// `which`: "allocate" or "own".
export async function allocation(which, state) {
	const content = h('div');
	const again = async (told) => {
		content.replaceChildren(told || '');
		await own(content, state, again);
	};
	if (which === 'own')
		await again();
	else
		await handDown(content, state);
	return content;
}

