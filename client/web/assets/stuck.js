// What was typed of a sheet that can be signed here no more: the unit has ended, or reports otherwise. It is kept until somebody
// drops it, knowing what it says.
import { ask, h, t, both, number, period, note, question, refresh } from './main.js';

const what = (d) => `${d.unit_name}, ${both(d.form_name)}, ${period(d.period)}`;
const typed = (d) => t('stuck-typed', { list: d.figures.map((f) => `${both(f.name)} ${f.value === null ? t('blank') : number(f.value)}`).join('; ') });

export async function stuck(place, state, changed) {
	const rows = state.counts.draft ? (await ask('stuck')).stuck : [];
	const said = place.querySelector('#stuck-said') || h('div', { id: 'stuck-said', role: 'status', 'aria-live': 'polite' });

	async function drop(d) {
		if (!await question({ title: t('drop-draft'), text: t('drop-draft-ask', { what: what(d) }), body: h('p', null, typed(d)), yes: t('drop-draft'), careful: true }))
			return;
		said.replaceChildren();
		const say = await ask('discard', { unit: d.unit, form: d.form, period: d.period, seen: d.seen })
			.then(() => ['good', `✓ ${t('draft-dropped', { what: what(d) })}`], (e) => ['block', `✖ ${e.message}`]);
		await changed(await refresh());
		said.replaceChildren(note(...say));
		(place.querySelector('button') || document.getElementById('sync')).focus();
	}
	place.replaceChildren(...(rows.length ? [h('h2', null, t('stuck')), h('p', null, t('stuck-says')), h('ul', null, rows.map((d) => h('li', null,
		h('strong', null, what(d)), `: ${d.why}. ${typed(d)} `,
		h('button', { type: 'button', 'aria-label': `${t('drop-draft')}: ${what(d)}`, onclick: () => drop(d) }, t('drop-draft')))))] : []), said);
}
