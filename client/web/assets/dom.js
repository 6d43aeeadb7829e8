// Elements, texts and numbers. Nothing is ever put into a page as HTML.

// What came with the page, in one language: {lang, texts, door, state, home}. Each answer is good once.
const first = JSON.parse(document.getElementById('first')?.textContent || '{}');
let lang = first.lang === 'en' ? 'en' : 'vi', texts = first.texts || {};
export function came(name) {
	const answer = first.lang === lang ? first[name] : undefined;
	delete first[name];
	return answer;
}

export const language = () => lang;

// The cookie tells the program in which language the next page is to come. Without one it is Vietnamese: asking the browser
// for its cookies takes longer than to draw the page.
export function keepLanguage() {
	document.cookie = `lang=${lang}; path=/; samesite=strict; max-age=31536000`;
}

export async function setLanguage(to) {
	lang = to;
	keepLanguage();
	document.documentElement.lang = lang;
	const all = await (await fetch('/texts.json')).json();
	texts = Object.fromEntries(Object.entries(all).map(([name, both]) => [name, both[lang]]));
}

// The text of that name, with {name} replaced.
export function t(name, values = {}) {
	const text = texts[name] ?? name;
	return text.replace(/\{(\w+)\}/g, (all, key) => (key in values ? String(values[key]) : all));
}

// A text that came in both languages.
export const both = (pair) => (pair ? pair[lang] || pair.vi : '');

// h('td', {class: 'n', onclick: f}, 'text', child, ...)
export function h(name, attributes, ...children) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (value === null || value === undefined || value === false)
			continue;
		if (key.startsWith('on'))
			e.addEventListener(key.slice(2), value);
		else
			e.setAttribute(key, value === true ? '' : value);
	}
	e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
	return e;
}

// A field and its name, on one line wherever that breaks.
export const labelled = (text, field) => h('span', { class: 'pair' }, h('label', { for: field.id }, t(text)), field);

export function svg(name, attributes, ...children) {
	const e = document.createElementNS('http://www.w3.org/2000/svg', name);
	for (const [key, value] of Object.entries(attributes))
		e.setAttribute(key, value);
	e.append(...children);
	return e;
}

// A number that is not to be exceeded, instead of one to reach; and how it is written.
export const isLimit = (target) => /maximum$/.test(target.type);
export const goalText = (target) => `${isLimit(target) ? '≤ ' : ''}${number(target.goal)}${target.type === 'range' && target.value_max !== null ? `–${number(target.value_max)}` : ''}`;

// A mark across a bar, light around: it is seen on the dark part too.
export const markAt = (x, name) => ['halo', name].map((c) => svg('line', { class: c, x1: x, x2: x, y1: 0, y2: '100%' }));

// 1.234 (vi), 1,234 (en); whole numbers only.
export function number(n) {
	if (n === null || n === undefined)
		return '';
	const sign = n < 0 ? '-' : '';
	return sign + String(Math.abs(n)).replace(/\B(?=(\d{3})+$)/g, lang === 'vi' ? '.' : ',');
}

// "81.46": 81,46% (vi)
export const percent = (p) => (p === null || p === undefined ? '' : (lang === 'vi' ? p.replace('.', ',') : p) + '%');

const two = (n) => String(n).padStart(2, '0');

// "2022-09-22": 22/09/2022
export function day(iso) {
	const [y, m, d] = iso.slice(0, 10).split('-');
	return lang === 'vi' ? `${d}/${m}/${y}` : iso.slice(0, 10);
}

// What people type for a day; the program reads 22/09/2022 as well as 2022-09-22.
export const dayPattern = '\\d{1,2}/\\d{1,2}/\\d{4}|\\d{4}-\\d{2}-\\d{2}';
export const isoDay = (text) => {
	const m = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim());
	return m ? `${m[3]}-${two(m[2])}-${two(m[1])}` : text.trim();
};

// An instant as it came, which is in Vietnam's time.
export const minute = (iso) => (iso ? `${day(iso)} ${iso.slice(11, 16)}` : '');

// "2022-08": tháng 8/2022
export function period(p) {
	let m = /^(\d{4})-(\d{2})$/.exec(p);
	if (m)
		return t('month', { m: Number(m[2]), mm: m[2], y: m[1] });
	m = /^(\d{4})-Q(\d)$/.exec(p);
	if (m)
		return t('quarter', { q: m[2], y: m[1] });
	m = /^(\d{4})-H(\d)$/.exec(p);
	if (m)
		return t(`half-${m[2]}`, { y: m[1] });
	if (/^\d{4}$/.test(p))
		return t('year', { y: p });
	if (/^\d{4}-\d{2}-\d{2}$/.test(p))
		return t('up-to', { d: day(p) });
	return p.split('..').map((d) => (d.length === 10 ? day(d) : d)).join(' – ');
}

// What the button for a period without events says: of a half-year it is no month.
export const nilName = (p) => (/^\d{4}-\d{2}$/.test(p) ? 'nil-button' : 'nil-button-period');
// Counted since 1 January a figure of the first period of a year is the same figure.
export const opensYear = (p) => /^\d{4}(-01|-Q1|-H1)?$/.test(p) || /^\d{4}-01-01\.\./.test(p);

export const shortMonth = (p) => (/^\d{4}-\d{2}$/.test(p) ? `${two(Number(p.slice(5)))}/${p.slice(2, 4)}` : p);

// Where a sheet stands: symbol, text and colour, never colour alone.
const words = {
	empty: ['○', ''], open: ['○', ''], missing: ['✖', 'bad'], draft: ['✎', 'wait'], unsigned: ['✎', 'wait'],
	queued: ['→', 'wait'], refused: ['⊘', 'bad'], late: ['!', 'warn'], contested: ['≠', 'bad'],
	changed: ['∆', 'warn'], returned: ['↩', 'warn'], provisional: ['≈', 'warn'], acked: ['✓', 'good'],
	nil: ['0', 'good'], accepted: ['✓✓', 'good'], computed: ['=', ''], locked: ['▣', ''], amended: ['✚', 'warn'],
	warning: ['⚠', 'warn'], error: ['✖', 'bad'],
};
export const wordSymbol = (w) => (words[w] ? words[w][0] : '');
export const wordColour = (w) => (words[w] ? words[w][1] : '');
export const word = (w) => h('span', { class: `word ${wordColour(w)}` }, `${wordSymbol(w)} ${t('word-' + w)}`);

export const note = (kind, ...what) => h('p', { class: `note ${kind}` }, ...what);

// A question in a dialog of its own. `fields`: [{name, label, value, required, type}]. Resolves to the
// values, or null. `careful`: what is given up does not come back, Enter alone leaves it.
export function question({ title, text, fields = [], yes, body = null, careful = false }) {
	return new Promise((resolve) => {
		const inputs = fields.map((f) => h(f.type === 'textarea' ? 'textarea' : 'input', {
			name: f.name, type: f.type === 'date' ? 'text' : f.type || 'text', required: f.required, maxlength: 500, autocomplete: 'off',
			placeholder: f.type === 'date' ? t('day-example') : f.example, pattern: f.type === 'date' ? dayPattern : f.pattern,
		}));
		inputs.forEach((i, at) => { i.value = (fields[at].type === 'date' && fields[at].value ? day(fields[at].value) : fields[at].value) || ''; });
		const form = h('form', { method: 'dialog' },
			h('h2', { id: 'ask-title' }, title), text ? h('p', null, text) : null, body,
			...fields.map((f, at) => h('label', { class: 'field' }, f.label, inputs[at])),
			h('div', { class: 'row' },
				yes ? h('button', { class: 'main', type: 'submit' }, yes) : '',
				h('button', { type: 'button', onclick: () => dialog.close() }, t('cancel'))));
		const dialog = h('dialog', { 'aria-labelledby': 'ask-title' }, form);
		const before = document.activeElement;
		let answer = null;
		form.addEventListener('submit', () => {
			answer = Object.fromEntries(inputs.map((i, at) => [i.name, fields[at].type === 'date' ? isoDay(i.value) : i.value.trim()]));
		});
		dialog.addEventListener('keydown', (e) => e.stopPropagation());
		dialog.addEventListener('close', () => {
			dialog.remove();
			if (before)
				before.focus();
			resolve(answer);
		});
		document.body.append(dialog);
		dialog.showModal();
		(inputs[0] || form.querySelector(careful ? 'button:last-child' : 'button')).focus();
	});
}

/* ---- the way to a sheet, to a figure's versions, from a total to what it is made of ---- */

const way = (...parts) => '#/' + parts.map(encodeURIComponent).join('/');
export const sheetLink = (unit, form, p) => way('sheet', unit, form, p);
export const drillLink = (unit, measure, from, to) => way('log', 'total', unit, measure, from, to);
export const figureLink = (unit, form, p, measure) => way('log', 'figure', unit, form, p, measure);
