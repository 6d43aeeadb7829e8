// A block out of a spreadsheet, looked at before it is kept.
import { h, t, question, note, number } from './main.js';
import { read, shown } from './cells.js';

const LINES = 12;

// `lines`: [{name, cells: [{name, text, why}]}], why: the reason for which a cell cannot be kept. False: no.
export async function preview(lines) {
	const cells = lines.flatMap((l) => l.cells);
	const bad = cells.filter((c) => c.why);
	const columns = lines[0] ? lines[0].cells.map((c) => c.name) : [];
	const understood = (c) => {
		const v = read(c.text);
		return c.why ? `✖ ${c.text}` : v.state === 'blank' ? '○' : shown(v);
	};
	const body = h('div', null,
		h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('paste-title') }, h('table', null,
			h('thead', null, h('tr', null, h('th', { scope: 'col' }, ''), columns.map((c) => h('th', { scope: 'col', class: 'n' }, c)))),
			h('tbody', null, lines.slice(0, LINES).map((l) => h('tr', null, h('th', { scope: 'row' }, l.name),
				l.cells.map((c) => h('td', { class: `n ${c.why ? 'bad' : ''}`, title: c.why || '' }, understood(c)))))))),
		lines.length > LINES ? h('p', { class: 'dim' }, t('paste-more', { n: number(lines.length - LINES) })) : '',
		bad.length ? note('block', `✖ ${t('paste-bad', { n: number(bad.length), first: `${bad[0].name}: ${bad[0].why}` })}`) : '',
		h('p', { class: 'dim' }, t('paste-says')));
	const yes = await question({ title: t('paste-title'), text: t('paste-count', { n: number(cells.length), rows: number(lines.length) }),
		yes: bad.length ? null : t('paste-keep'), body });
	return Boolean(yes) && !bad.length;
}

// Why `text` cannot stand there, or ''.
export const reason = (text, writable) => (!writable ? t('paste-closed') : read(text) ? '' : t('not-a-count'));
