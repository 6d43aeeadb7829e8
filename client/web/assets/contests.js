// Two figures in one place: what each is, who wrote it and when; keep one, keep the other, type a third.
import { ask, h, t, both, number, minute, period, note, refresh, sheetLink } from './main.js';
import { recordContests } from './record.js';

function version(v, name, own) {
	return h('label', null, h('input', { type: 'radio', name, value: v.version, required: true, disabled: !own }), ' ',
		h('span', { class: 'figure' }, v.value === null ? t('blank') : number(v.value)),
		h('span', null, t('written-by', { by: v.by_name || v.by_unit, when: minute(v.time) })), h('br'),
		h('span', { class: 'dim' }, [v.own_device ? t('this-device') : t('other-device'), v.on_behalf ? t('on-behalf') : '',
			v.lsn ? t('ack-short', { n: number(v.lsn) }) : t('word-queued'), v.counts ? t('counts-meanwhile') : '']
			.filter(Boolean).join(' · ')));
}

function contest(c, index, again) {
	const name = `pick-${index}`;
	const third = h('input', { type: 'text', inputmode: 'numeric', size: 8, 'aria-label': t('third'), disabled: !c.own });
	const thirdPick = h('input', { type: 'radio', name, value: '', required: true, disabled: !c.own });
	const reason = h('textarea', { required: true, maxlength: 500, rows: 2, disabled: !c.own });
	const said = h('div', { role: 'alert' });
	third.addEventListener('focus', () => { thirdPick.checked = true; });
	async function send(event) {
		event.preventDefault();
		const keep = form.elements[name].value;
		try {
			await ask('resolve', { unit: c.unit, form: c.form, period: c.period, measure: c.measure, seen: c.seen,
				reason: reason.value.trim(), ...(keep ? { keep } : { text: third.value.trim() }) });
			await again(note('good', `✓ ${t('settled', { m: both(c.name), p: period(c.period) })}`));
		} catch (e) {
			said.replaceChildren(note('block', e.message));
		}
	}
	const form = h('form', { onsubmit: send },
		h('h2', null, `${both(c.name)}: ${c.unit_name}, ${period(c.period)}`),
		h('p', null, h('a', { href: sheetLink(c.unit, c.form, c.period) }, t('open-sheet'))),
		h('div', { class: 'pick', role: 'radiogroup', 'aria-label': both(c.name) },
			c.versions.map((v) => version(v, name, c.own)), h('label', null, thirdPick, ' ', t('third'), ' ', third)),
		c.own ? [h('label', { class: 'field' }, t('reason'), reason), said,
			h('button', { class: 'main', type: 'submit' }, t('choose'))] : note('', t('unit-settles')));
	return form;
}

export async function contests(content) {
	async function show(told) {
		const list = (await ask('conflicts')).conflicts;
		const records = recordContests((await ask('record_contests')).records);
		await refresh();
		content.replaceChildren(h('h1', null, t('page-contests')), told || '',
			h('p', null, h('a', { href: '#/differences' }, t('page-differences'))),
			...(list.length ? [h('p', null, t('contests-says')), ...list.map((c, i) => contest(c, i, show))]
				: records.length ? [] : [note('good', `✓ ${t('no-contests')}`)]), ...records);
	}
	await show();
}
