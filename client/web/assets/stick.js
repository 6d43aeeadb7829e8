// A place without a line: what is signed leaves as a file, the answer comes back as one. And the files of those below, which
// go on with the next contact from here.
import { ask, h, t, number, minute, note, refresh } from './main.js';

const PART = 256 * 1024;

function save(made) {
	const a = h('a', { href: `/stick/${encodeURIComponent(made.name)}`, download: made.name });
	document.body.append(a);
	a.click();
	a.remove();
}

async function send(file, told) {
	const bytes = new Uint8Array(await file.arrayBuffer());
	for (let at = 0; at < bytes.length || at === 0; at += PART) {
		const part = bytes.subarray(at, at + PART);
		let hex = '';
		for (const b of part)
			hex += (b < 16 ? '0' : '') + b.toString(16);
		await ask('stick_part', { offset: at, hex });
		told(Math.min(at + PART, bytes.length), bytes.length);
	}
	return ask('stick_take');
}

const whose = (c) => (c.known ? `${c.unit_name} (${c.device})` : c.device);
const SYMBOL = { waiting: '→', answered: '✓', refused: '✖' }, COLOUR = { waiting: 'wait', answered: 'good', refused: 'bad' };

export async function stick(place, state, changed) {
	const said = h('div', { id: 'stick-said', role: 'status', 'aria-live': 'polite' }), bar = h('progress', { hidden: true, 'aria-label': t('stick-in') });
	const list = h('div');
	// What is done returns what is said of it, which is said when the counts beside it are those of after.
	const busy = async (what) => {
		said.replaceChildren();
		const say = await what().catch((e) => ['block', `✖ ${e.message}`, ' ', t('stick-nothing')]);
		bar.hidden = true;
		try {
			await carried();
			changed(await refresh());
		} finally {
			if (say)
				said.replaceChildren(note(...say));
		}
	};

	async function carried() {
		const rows = (await ask('stick')).carried;
		list.replaceChildren(...(rows.length ? [h('h3', null, t('stick-carried')), h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('stick-carried') },
			h('table', { id: 'carried' }, h('thead', null, h('tr', null, ['unit', 'stick-taken', 'col-state', 'act'].map((n) => h('th', { scope: 'col' }, t(n))))),
				h('tbody', null, rows.map((c) => h('tr', null, h('th', { scope: 'row' }, whose(c)), h('td', null, minute(c.taken)),
					h('td', null, h('span', { class: `word ${COLOUR[c.state]}` }, `${SYMBOL[c.state]} ${t(`carried-${c.state}`)}`),
						c.state === 'refused' ? ` ${t(c.known ? 'carried-refused-why' : 'carried-unknown-why')}` : ''),
					h('td', null, c.state === 'answered' ? h('button', { type: 'button', 'aria-label': `${t('stick-answer')}: ${whose(c)}`, onclick: () => busy(async () => {
						const made = await ask('stick_answer', { device: c.device });
						save(made);
						return ['good', `✓ ${t('stick-answer-made', { f: made.name, who: whose(c) })}`];
					}) }, t('stick-answer')) : '')))))) ] : []));
	}

	const take = h('input', { type: 'file', id: 'stick-file', onchange: (e) => busy(async () => {
		const file = e.target.files[0];
		e.target.value = '';
		if (!file)
			return null;
		bar.hidden = false;
		const got = await send(file, (at, of) => { bar.max = of || 1; bar.value = at; });
		if (got.kind === 'answer')
			return [got.why ? 'warn' : 'good', `${got.why ? '!' : '✓'} ${t('stick-answered', { acked: number(got.acked), late: number(got.late), refused: number(got.refused), pulled: number(got.pulled) })}`,
				got.why ? ` ${got.why}` : ''];
		if (got.carried.state === 'waiting')
			return [got.carried.known ? 'good' : 'warn', `${got.carried.known ? '✓' : '!'} ${t(got.carried.known ? 'stick-kept' : 'stick-kept-unknown', { who: whose(got.carried) })}`];
		return ['', t(`carried-${got.carried.state}`)];
	}) });
	place.replaceChildren(h('h2', null, t('stick')), h('p', null, t('stick-says')), h('div', { class: 'row' },
		h('button', { type: 'button', id: 'stick-out', onclick: () => busy(async () => {
			const made = await ask('stick_make');
			save(made);
			return ['good', `✓ ${t(made.ops ? 'stick-made' : 'stick-made-empty', { f: made.name, n: number(made.ops) })}`, made.more ? ` ${t('stick-more')}` : ''];
		}) }, t('stick-out')), h('label', { class: 'button file' }, t('stick-in'), take)), said, bar, list);
	await carried();
}
