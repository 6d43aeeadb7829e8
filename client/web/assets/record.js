// A person's record field by field: what stands, several corrected at once, what was corrected before; and where two
// people said different things of one field: keep one, keep the other, type a third.
import { ask, h, t, number, day, isoDay, dayPattern, minute, note, refresh } from './main.js';

const LABELS = { source: 'sources', education: 'education', admitted: 'admitted', recognised: 'recognised', 'readmitted-fact': 'fact-readmitted' };
const FACTS = ['woman', 'minority', 'religious', 'union', 'owner', 'fdi', 'weak-hamlet'];
export const fieldName = (f) => t(LABELS[f] || `${FACTS.includes(f) ? 'fact' : 'field'}-${f}`);

function choiceText(field, v) {
	if (v === '')
		return t('not-written');
	if (v === 'yes' || v === 'no')
		return t(v === 'yes' ? 'it-is-yes' : 'it-is-no');
	return /^\d+-\d+$/.test(v) ? v.replace('-', '–') : t(`${field}-${v}`);
}
function valueText(f, v) {
	if (v === null || v === undefined)
		return t('sealed');
	if (v === '')
		return t(f.field === 'recognised' ? 'in-probation' : 'not-written');
	if (f.kind === 'day')
		return day(v);
	return f.kind === 'many' ? v.split(',').map((x) => choiceText(f.field, x)).join('; ') : f.kind === 'one' ? choiceText(f.field, v) : v;
}

/* ---- what is typed ---- */

// An input for that field: {node, read()}.
function input(f, value) {
	if (f.kind === 'many') {
		const boxes = f.choices.map((c) => h('input', { type: 'checkbox', value: c, checked: value.split(',').includes(c) }));
		return { read: () => boxes.filter((b) => b.checked).map((b) => b.value).join(','), node: h('fieldset', { 'data-field': f.field }, h('legend', null, fieldName(f.field)),
			boxes.map((b) => h('label', { class: 'choice' }, b, ` ${choiceText(f.field, b.value)}`))) };
	}
	const one = f.kind === 'one' ? h('select', { 'data-field': f.field }, f.choices.map((c) => h('option', { value: c, selected: c === value }, choiceText(f.field, c))))
		: h('input', { type: 'text', 'data-field': f.field, autocomplete: 'off', maxlength: 240, value: f.kind === 'day' && value ? day(value) : value,
			pattern: f.kind === 'day' ? dayPattern : null, placeholder: f.kind === 'day' ? t('day-example') : null });
	return { read: () => (f.kind === 'day' ? isoDay(one.value) : one.value.trim()), node: h('label', { class: 'field' }, fieldName(f.field), ' ', one) };
}

// Only what is different goes along, over what stood on the screen.
function form(record, send, close) {
	const said = h('div', { role: 'alert' });
	const inputs = record.fields.map((f) => ({ f, ...input(f, f.value ?? '') }));
	const reason = h('textarea', { required: true, maxlength: 500, rows: 2 });
	const say = (text) => said.replaceChildren(note('block', `✖ ${text}`));
	return h('form', { id: 'correct', onsubmit: async (e) => {
		e.preventDefault();
		const fields = Object.fromEntries(inputs.filter((i) => i.read() !== (i.f.value ?? '')).map((i) => [i.f.field, { value: i.read(), seen: i.f.seen }]));
		if (!Object.keys(fields).length)
			return say(t('nothing-to-correct'));
		return send(fields, reason.value.trim(), say);
	} }, h('p', { class: 'dim' }, t('correct-says')), h('div', { class: 'fields' }, inputs.map((i) => i.node)), h('label', { class: 'field' }, t('reason'), reason), said,
	h('div', { class: 'row' }, h('button', { class: 'main', type: 'submit' }, t('correct-keep')), h('button', { type: 'button', onclick: close }, t('cancel'))));
}

/* ---- two values of one field ---- */

function contest(record, f, send) {
	const name = `pick-${f.field}`;
	const said = h('div', { role: 'alert' });
	const reason = h('textarea', { required: true, maxlength: 500, rows: 2 });
	const third = input(f, '');
	const thirdPick = h('input', { type: 'radio', name, value: '', required: true });
	third.node.addEventListener('focusin', () => { thirdPick.checked = true; });
	const versions = f.contested.map((v) => record.corrections.find((k) => k.version === v)).filter(Boolean);
	const choice = (k, i) => h('label', null, h('input', { type: 'radio', name, value: i + 1, required: true }), ' ', h('span', { class: 'figure' }, valueText(f, k.values[f.field])),
		h('span', null, t('written-by', { by: k.by || '–', when: minute(k.time) })), h('br'), h('span', { class: 'dim' }, [k.own_device ? t('this-device') : t('other-device'),
			k.lsn ? t('ack-short', { n: number(k.lsn) }) : t('word-queued'), i ? '' : t('counts-meanwhile'), k.reason].filter(Boolean).join(' · ')));
	const settle = h('form', { class: 'settle', 'data-contest': f.field, onsubmit: (e) => {
		e.preventDefault();
		const pick = Number(settle.elements[name].value);
		send({ [f.field]: { value: pick ? versions[pick - 1].values[f.field] : third.read(), seen: f.seen } }, reason.value.trim(), (text) => said.replaceChildren(note('block', `✖ ${text}`)));
	} }, h('h2', null, `≠ ${fieldName(f.field)}`), h('div', { class: 'pick', role: 'radiogroup', 'aria-label': fieldName(f.field) }, versions.map(choice),
		h('div', { class: 'third' }, h('label', null, thirdPick, ` ${t('third-value')}`), third.node)),
	h('label', { class: 'field' }, t('reason'), reason), said, h('div', { class: 'row' }, h('button', { class: 'main', type: 'submit' }, t('choose-value'))));
	return settle;
}

/* ---- the record on a page ---- */

function history(record) {
	const kinds = new Map(record.fields.map((f) => [f.field, f]));
	const line = (k, [code, v]) => h('li', null, `${fieldName(code)}: ${valueText(kinds.get(code) || { field: code }, v)}`, k.stands.includes(code) ? '' : h('span', { class: 'dim' }, ` (${t('corrected-since')})`));
	const first = record.first; // what stood there before anybody corrected it
	return [h('h2', null, t('corrections')), h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('corrections') }, h('table', { id: 'corrections' },
		h('thead', null, h('tr', null, ['when', 'by-whom', 'what-was-written', 'reason'].map((n) => h('th', { scope: 'col' }, t(n))))),
		h('tbody', null, record.corrections.map((k) => h('tr', null, h('td', null, minute(k.time), k.lsn ? '' : h('div', null, `→ ${t('word-queued')}`)), h('td', null, k.by || '–'),
			h('td', null, h('ul', { class: 'plain' }, Object.entries(k.values).map((x) => line(k, x)))), h('td', null, k.reason))),
		first ? h('tr', { id: 'first' }, h('td', null, minute(first.time), first.lsn ? '' : h('div', null, `→ ${t('word-queued')}`)), h('td', null, first.by || '–'), h('td', null, h('ul', { class: 'plain' },
			Object.entries(first.values).map(([code, v]) => h('li', null, `${fieldName(code)}: ${valueText(kinds.get(code) || { field: code }, v)}`)))),
		h('td', null, t(first.came ? 'came-with' : 'entered-first'))) : '')))];
}

// Of a case or a member; `again(told)` shows the page anew.
export function recordPart(record, person, again) {
	const shown = (f) => f.value !== '' && f.value !== null && f.value !== 'no' && f.value !== 'unknown' && !(f.field === 'education' && f.value === '0');
	const contested = record.fields.filter((f) => f.contested.length);
	const place = h('div');
	async function send(fields, reason, say) {
		try {
			await ask('correct', { person, fields, reason });
			refresh();
			await again(note('good', `✓ ${t('corrected-done')}`));
		} catch (e) {
			if (e.status === 409)
				await again(note('block', `✖ ${e.message}`));
			else
				say(e.message);
		}
	}
	const button = h('button', { type: 'button', id: 'correct-open', onclick: () => {
		button.hidden = true;
		place.replaceChildren(form(record, send, () => {
			place.replaceChildren();
			button.hidden = false;
			button.focus();
		}));
		place.querySelector('input, select').focus();
	} }, t('correct'));
	const by = (f) => record.corrections.find((k) => k.stands.includes(f.field));
	return [h('dl', { id: 'fields' }, record.fields.filter(shown).flatMap((f) => [h('dt', null, fieldName(f.field)), h('dd', null, valueText(f, f.value),
		by(f) ? h('span', { class: 'dim' }, ` ✎ ${t('corrected-by', { by: by(f).by || '–', d: day(by(f).time) })}`) : '', f.contested.length ? [' ', h('span', { class: 'word bad' }, `≠ ${t('two-values')}`)] : '')])),
	...(contested.length ? [note('warn', `≠ ${t('two-values-say')}`), ...(record.may ? contested.map((f) => contest(record, f, send)) : [note('', t('unit-settles'))])] : []),
	record.may ? button : '', place, ...(record.corrections.length ? history(record) : [])];
}

// Records in which something stands that a person has to settle.
export function recordContests(records) {
	return records.length ? [h('h2', null, t('records-contested')), h('ul', { id: 'records' }, records.map((r) => h('li', null, h('a', { href: `#/register/${r.case ? 'case' : 'member'}/${r.person}` },
		r.name || t('sealed')), `: ${r.fields.map(fieldName).join(', ')}`)))] : [];
}
