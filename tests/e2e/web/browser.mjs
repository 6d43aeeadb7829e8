// One page of the walk's browser (chromium.mjs), for the steps of this folder: keys, what has the focus, pictures.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ok, equal } from 'node:assert/strict';

const { chromium } = createRequire(process.env.KETNAP_PLAYWRIGHT + '/')('playwright-core');
const shots = process.env.KETNAP_SHOTS || '';
export const address = process.argv[3];
export const origin = new URL(address).origin;
export let page, browser;
let errors = [];

export async function shot(name, of = page) {
	if (!shots)
		return;
	mkdirSync(shots, { recursive: true });
	await of.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}
export const key = async (...keys) => { for (const k of keys) await page.keyboard.press(k); };
export const type = (text) => page.keyboard.type(text);
export const focused = () => page.evaluate(() => document.activeElement.dataset.measure || document.activeElement.id ||
	document.activeElement.textContent);
export const value = (measure) => page.inputValue(`[data-measure=${measure}]`);
export const rowShown = (measure) => page.isVisible(`[data-measure=${measure}]`);
// Tab until `text` has the focus, as somebody without a mouse does.
export async function tabTo(text) {
	for (let i = 0; i < 60; i++) {
		if ((await focused()).includes(text))
			return;
		await key('Tab');
	}
	throw new Error(`no way by Tab to ${text}`);
}
export async function goTo(measure) {
	await key('Control+Home');
	for (let i = 0; i < 80 && (await focused()) !== measure; i++) {
		const before = await focused();
		await key('ArrowDown');
		await page.waitForFunction((b) => document.activeElement.dataset.measure !== b, before, { timeout: 3000 });
	}
	equal(await focused(), measure);
}
export const kept = () => page.waitForFunction(() => !document.querySelector('[aria-busy]'));
export const noSideways = async () => ok(await page.evaluate(() =>
	document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'the page scrolls sideways');

export async function begin(where) {
	browser = await chromium.connect(process.env.KETNAP_BROWSER);
	const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, permissions: ['clipboard-read', 'clipboard-write'] });
	page = await context.newPage();
	page.setDefaultTimeout(15000);
	context.on('weberror', (e) => errors.push(String(e.error()))); // of papers too, which are windows of their own
	context.on('console', (m) => m.type() === 'error' && !/401|403|409|422/.test(m.text()) && errors.push(m.text()));
	context.on('request', (r) => r.url().startsWith(new URL(address).origin) || errors.push(`asked outside: ${r.url()}`));
	if (process.env.KETNAP_SLOW)
		await context.route('**/api/**', async (to) => {
			await new Promise((r) => setTimeout(r, Number(process.env.KETNAP_SLOW)));
			await to.continue();
		});
	await page.goto(where);
	await page.waitForSelector('main h1, dialog.lock[open]');
}

// The next answer to that question is kept back until what this returns is called; that resolves when the page has had it.
export async function keepBack(question) {
	const path = `**/api/${question}`;
	let go;
	const may = new Promise((r) => { go = r; });
	await page.route(path, async (to) => {
		await may;
		await to.continue();
	}, { times: 1 });
	return async () => {
		const came = page.waitForResponse(path);
		go();
		await (await came).finished();
		await page.evaluate(() => fetch('/texts.json').then((r) => r.text())); // behind it
	};
}

// Mistakes that the page made since the last time it was asked.
export function mistakes() {
	const list = errors;
	errors = [];
	return list;
}

export async function open(hash) {
	if (page.url().startsWith(origin)) { // once, not for the address and for the reload
		await page.evaluate((h) => history.replaceState(null, '', `#/${h}`), hash);
		await page.reload();
	} else
		await page.goto(`${origin}/#/${hash}`);
	await page.waitForSelector('main h1');
}
