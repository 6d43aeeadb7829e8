// The last months in a row and closing several at once; what was asked for, n of N; months that are opened again, which
// takes two persons.
import { ask, h, t, number, day, isoDay, dayPattern, minute, period, note, question } from './main.js';

const region = (label, table) => h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, table);
const heads = (names, numbers = []) => h('thead', null, h('tr', null, names.map((n) => (n === '' ? h('td') : h('th', { scope: 'col', class: numbers.includes(n) ? 'n' : null }, t(n))))));

/* ---- the last months ---- */

export async function ends(state, may, act) {
	const list = (await ask('month_ends')).months;
	const boxes = new Map();
	if (!list.length)
		return note('', t('no-rows-period'));
	async function close() {
		const picked = list.filter((m) => boxes.get(m.period)?.checked);
		if (!picked.length || !await question({ title: t('close-many'), text: t('close-many-ask', { n: number(picked.length) }), yes: t('close-many'),
			body: h('ul', { class: 'names', tabindex: 0 }, picked.map((m) => h('li', null, t('month-stands', { p: period(m.period), n: number(m.sent), of: number(m.expected),
				k: number(m.missing), l: number(m.look) })))) }))
			return;
		await act('close_many', { closings: picked.map((m) => ({ unit: state.unit, period: m.period })) }, (g) => t('closed-n', { n: number(g.done.length) }));
	}
	const line = (m) => {
		const box = may.close && !m.closed ? h('input', { type: 'checkbox', 'aria-label': period(m.period) }) : '';
		if (box)
			boxes.set(m.period, box);
		return h('tr', null, may.close ? h('td', null, box) : null, h('th', { scope: 'row' }, h('a', { href: `#/months/${m.period}` }, period(m.period))),
			h('td', { class: 'n' }, `${number(m.sent)}/${number(m.expected)}`), ['accepted', 'returned', 'missing', 'look'].map((n) => h('td', { class: 'n' }, number(m[n]))),
			h('td', null, m.closed ? `▣ ${t('state-closed')}` : `○ ${t('not-closed')}`));
	};
	return h('div', null, h('p', null, t('ends-says')), may.close ? h('div', { class: 'row' }, h('button', { type: 'button', class: 'main', id: 'close-many', onclick: close }, t('close-many')))
		: '', region(t('tab-ends'), h('table', { id: 'ends' }, heads([...(may.close ? [''] : []), 'col-period', 'sent-of', 'state-accepted', 'state-returned', 'time-missing', 'to-look-at', 'col-state'],
		['sent-of', 'state-accepted', 'state-returned', 'time-missing', 'to-look-at']), h('tbody', null, list.map(line)))));
}

/* ---- requests ---- */

export async function requests(state) {
	const list = (await ask('requests')).requests;
	if (!list.length)
		return note('', t('no-requests'));
	const line = (r) => h('tr', null, h('th', { scope: 'row' }, t('figures-to', { d: day(r.day) })), h('td', null, r.name), h('td', null, minute(r.due)),
		h('td', { class: 'n' }, h('strong', null, `${number(r.answered)}/${number(r.expected)}`)), h('td', { class: 'n' }, number(r.in_time)),
		h('td', null, r.answered === r.expected ? `✓ ${t('all-answered')}` : h('span', { class: `word ${r.over ? 'bad' : 'wait'}` }, r.over ? `✖ ${t('request-over')}` : `→ ${t('request-runs')}`)),
		h('td', null, r.missing_names.join(', '), r.missing.length > r.missing_names.length ? ` ${t('and-more', { n: number(r.missing.length - r.missing_names.length) })}` : ''));
	return h('div', null, h('p', null, t('requests-says')), region(t('tab-requests'), h('table', { id: 'requests' },
		heads(['what-asked', 'unit', 'request-due-short', 'answered', 'answered-in-time', 'col-state', 'time-missing'], ['answered', 'answered-in-time']), h('tbody', null, list.map(line)))));
}

/* ---- opened again ---- */

export async function unlocks(state, may, act) {
	const list = (await ask('unlocks')).unlocks;
	const field = (name, label, attributes = {}) => h('label', null, `${t(label)} `, h('input', { type: 'text', name, required: true, autocomplete: 'off', ...attributes }));
	const form = h('form', { id: 'unlock', onsubmit: (e) => {
		e.preventDefault();
		const given = Object.fromEntries(new FormData(form));
		act('unlock', { unit: given.unit, period: given.period, reason: given.reason, until: `${isoDay(given.until)}T${given.time.padStart(5, '0')}` }, () => t('unlock-asked'));
	} }, h('fieldset', { class: 'wide' }, h('legend', null, t('unlock-ask')), h('div', { class: 'row' }, field('unit', 'unit', { size: 14 }),
		field('period', 'col-period', { size: 8, placeholder: '2022-08', pattern: '\\d{4}-\\d{2}' }), field('until', 'unlock-until', { size: 11, pattern: dayPattern, placeholder: t('day-example') }),
		field('time', 'request-time', { size: 5, value: '17:00', pattern: '([01]?\\d|2[0-3]):[0-5]\\d' }), field('reason', 'reason', { size: 30, maxlength: 400 }),
		h('button', { type: 'submit', class: 'main', id: 'unlock-ask' }, t('unlock-ask')))));
	async function confirm(u) {
		const yes = await question({ title: t('unlock-agree'), text: `${u.name}, ${period(u.period)}: ${u.reason}`, yes: t('unlock-agree'),
			fields: [{ name: 'reason', label: t('reason'), required: true, type: 'textarea' }] });
		if (yes)
			await act('unlock', { confirms: u.lsn, ...yes }, () => t('unlock-agreed'));
	}
	const states = { waits: ['→', 'wait'], open: ['✓', 'good'], over: ['▣', ''] };
	const line = (u) => h('tr', null, h('th', { scope: 'row' }, `${u.name}, ${period(u.period)}`), h('td', null, u.by || '–'), h('td', null, u.reason), h('td', null, minute(u.until)),
		h('td', null, h('span', { class: `word ${states[u.state][1]}` }, `${states[u.state][0]} ${t('unlock-' + u.state)}`)),
		h('td', null, u.state !== 'waits' || !may.close ? '' : u.own ? t('unlock-other-person') : h('button', { type: 'button', class: 'agree', onclick: () => confirm(u) }, t('unlock-agree'))));
	return h('div', null, h('p', null, t('unlock-says')), may.close ? form : '', list.length ? region(t('tab-unlocks'), h('table', { id: 'unlocks' },
		heads(['what-month', 'asked-by-whom', 'reason', 'unlock-until', 'col-state', 'act']), h('tbody', null, list.map(line)))) : note('', t('no-unlocks')));
}
