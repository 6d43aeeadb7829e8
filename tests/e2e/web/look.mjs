// Every page in both languages and both themes: judged by axe-core, without sideways scrolling on the clerk's
// screen (1366 x 768 at 125 %), at 200 % and on a telephone; pictures of each. What it costs, too.
import { readFileSync } from 'node:fs';
import { ok, equal, match } from 'node:assert/strict';
import { key, page, origin, shot, open, kept, noSideways } from './browser.mjs';

const axe = readFileSync(`${process.env.KETNAP_PLAYWRIGHT}/node_modules/axe-core/axe.min.js`, 'utf8');

const superior = { home: '', map: 'map', grid: 'grid/monthly/2022-08', targets: 'targets', 'target-months': 'targets/D.A/2022-08-31',
	months: 'months/2022-08', exchange: 'exchange', contests: 'contests', log: 'log', 'log-total': 'log/total/D/admitted/2022-01-01/2022-09-30',
	'log-figure': 'log/figure/D.A/monthly/2022-08/admitted', people: 'people', sheet: 'sheet/D.A/monthly/2022-08',
	header: 'header', register: 'register', cases: 'register/list', members: 'register/members' };
const clerk = { register: 'register', cases: 'register/list', introduce: 'register/new', members: 'register/members', home: '', targets: 'targets', exchange: 'exchange', contests: 'contests', log: 'log', sheet: 'sheet/D.A/monthly/2022-09' };

async function judge(what) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
	equal(found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`).join('\n'), '', what);
}

// What is shown only after something was done, as it stands, in both themes and on a telephone.
export async function judgeHere(what) {
	for (const theme of ['dark', 'light']) {
		await page.emulateMedia({ colorScheme: theme });
		await judge(`${what}-${theme}`);
	}
	await page.setViewportSize({ width: 390, height: 800 });
	await noSideways();
	await shot(`${what}-phone`);
	await page.setViewportSize({ width: 1366, height: 768 });
}

// The page as it stands, in English: by its button, which draws it anew; `again` does what had been done on it.
export async function inEnglish(name, again = async () => {}) {
	const turn = async (to) => {
		await page.evaluate(() => { document.querySelector('main > div').id = 'before'; });
		await page.getByRole('button', { name: to, exact: true }).click();
		await page.locator('#before').waitFor({ state: 'detached' });
		await kept();
		await again();
	};
	await turn('English');
	for (const [width, height, what] of [[1093, 614, 'en'], [390, 800, 'en-phone']]) {
		await page.setViewportSize({ width, height });
		await noSideways();
		await shot(`${name}-${what}`);
	}
	await page.setViewportSize({ width: 1366, height: 768 });
	await turn('Tiếng Việt');
}

const speak = (lang) => page.evaluate((l) => { document.cookie = `lang=${l}; path=/; samesite=strict`; }, lang);

export async function look(name, pages) {
	for (const [lang, theme] of [['vi', 'light'], ['en', 'dark']]) { // each language and each theme once
		await speak(lang);
		await page.emulateMedia({ colorScheme: theme });
		for (const [key, hash] of Object.entries(pages)) {
			const what = `${name}-${key}-${lang}-${theme}`;
			await page.setViewportSize({ width: 1093, height: 614 });
			await open(hash);
			await kept(); // what comes later has come
			await noSideways();
			await judge(what);
			await shot(what);
			await page.setViewportSize({ width: 390, height: 800 });
			await noSideways();
			if (lang === 'vi' && theme === 'light')
				await shot(`${what}-phone`);
		}
	}
	await speak('vi');
	await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
	await page.setViewportSize({ width: 683, height: 384 }); // 1366 x 768 at 200 %
	for (const hash of Object.values(pages)) {
		await open(hash);
		await noSideways();
	}
}

// Names, heads and totals stand still at the edges of a grid: nothing of the active figure is behind them.
async function bareCell(what) {
	await page.evaluate(() => new Promise((r) => { requestAnimationFrame(() => requestAnimationFrame(r)); })); // what scrolling draws is drawn
	const hidden = await page.evaluate(() => {
		const table = document.getElementById('grid');
		const cell = document.getElementById(table.getAttribute('aria-activedescendant')).getBoundingClientRect();
		const box = table.parentNode.getBoundingClientRect(), [head, foot, name] = ['thead th + th', 'tfoot td', 'thead th'].map((n) => table.querySelector(n).getBoundingClientRect());
		return { above: head.bottom - cell.top, below: cell.bottom - foot.top, left: name.right - cell.left, right: cell.right - box.right };
	});
	ok(Object.values(hidden).every((n) => n <= 1), `${what} is hidden: ${JSON.stringify(hidden)}`);
}

export default {
	look_superior: () => look('superior', superior),
	look_clerk: () => look('clerk', clerk),

	// States that nobody designs: no unit below, one whose name has 120 characters, no target, nobody on the register.
	async odd() {
		for (const theme of [process.env.KETNAP_NAME === 'none' ? 'dark' : 'light']) {
			await page.emulateMedia({ colorScheme: theme });
			const none = process.env.KETNAP_NAME === 'none' ? ['acts', 'acts/new', 'acts/tree'] : []; // where the first units are to be made
			for (const hash of ['', 'map', 'grid/monthly/2022-08', 'targets', 'months/2022-08', 'exchange', 'contests', 'log', 'people', 'register', 'register/list',
				'register/members', 'header', ...none]) {
				await page.setViewportSize({ width: 1093, height: 614 });
				await open(hash);
				await kept();
				await noSideways();
				await judge(`odd ${hash} ${theme}`);
				ok((await page.textContent('main')).trim().length > 20, `${hash}: an empty page`);
				equal(await page.locator('#top nav a:is([href="#/acts"], [href="#/people"])').count(), 2, 'an operator has both, whoever is below');
				await shot(`odd-${process.env.KETNAP_NAME}-${hash.replace(/\W/g, '-') || 'home'}`);
				await page.setViewportSize({ width: 683, height: 384 }); // 200 %
				await noSideways();
				await page.setViewportSize({ width: 390, height: 800 });
				await noSideways();
			}
		}
	},

	// Three instruments: a number, a range and a limit, in each table, on the bars, handed down and in letters.
	async three_instruments() {
		await page.setViewportSize({ width: 1093, height: 614 });
		await open('');
		await page.waitForSelector('#furthest');
		equal(await page.locator('.bar').count(), 3);
		match(await page.textContent('main'), /mức không được vượt là 1\.700/);
		match(await page.textContent('main'), /Báo cáo tháng 8\/2022: 5\/\d+ đơn vị đã gửi\./);
		await open('targets');
		await page.waitForSelector('#targets');
		for (const tab of ['table', 'places', 'lagging', 'forecast']) {
			await page.locator(`#tab-${tab}`).click();
			await page.waitForSelector(`#tab-${tab}[aria-pressed=true]`);
			await noSideways();
			await judge(`three-${tab}`);
			await shot(`three-${tab}`);
		}
		match(await page.locator('#tab-table').click().then(() => page.textContent('#targets')), /≤ 14/);
		const first = page.locator('#targets tbody th').first();
		const before = (await first.boundingBox()).x;
		await page.setViewportSize({ width: 390, height: 800 });
		await page.evaluate(() => { document.querySelector('.scroll').scrollLeft = 300; });
		ok(Math.abs((await first.boundingBox()).x - before) < 20, 'the names stay in sight');
		await shot('three-table-phone');
		await page.setViewportSize({ width: 1093, height: 614 });
		await page.locator('#tab-allocate').click();
		await page.waitForSelector('#share-total');
		await page.selectOption('#share-kind', 'limit');
		await page.fill('#share-total', '44');
		await page.locator('#try-share').click();
		await page.waitForSelector('#allocation');
		match(await page.textContent('#allocation tbody'), /≤ 3/);
		await noSideways();
		await judge('three-allocate');
		await shot('three-allocate');
		await page.locator('#tab-lagging').click();
		await page.waitForSelector('#lagging tbody tr');
		match(await page.locator('#lagging tr', { hasText: 'xã số 6' }).textContent(), /gửi \(8\)–––/); // never heard of: the list of units is no news of it
		const [all] = await Promise.all([page.waitForEvent('popup'), page.locator('#letters').click()]);
		await all.waitForLoadState();
		const sent = (await all.locator('p.middle').allTextContents()).filter((x) => x.startsWith('Kính gửi')).map((x) => x.slice('Kính gửi: '.length));
		equal(sent.length, await page.locator('#lagging tbody tr').count(), 'a letter to each that is listed');
		ok(sent.includes('Đảng ủy xã số 4') && !sent.includes('Đảng ủy xã số 1'), 'and none to whoever has reached it');
		await shot('three-letters', all);
		await all.close();
		const english = await page.evaluate(() => fetch('/paper/letters.html?lang=en&to=2022-08-31&measure=admitted').then((r) => r.text()));
		ok(english.includes('quyết định số 9-QĐ') && !english.includes('decision'), 'letters are Vietnamese, names in them too');
	},

	// 5,018 units, 4,844 of which report: limited in words, or only what is in sight is drawn.
	async five_thousand() {
		const limited = async (table, what) => {
			equal(await page.locator(`${table} tbody tr`).count(), 400, what);
			match(await page.textContent('main'), /Chỉ hiện 400 trong [45]\.\d+ dòng/);
			await noSideways();
			await shot(`many-${what}`);
		};
		await page.setViewportSize({ width: 1093, height: 614 });
		await open('acts/tree');
		await page.waitForSelector('#only-changed');
		await page.locator('#only-changed').uncheck();
		await page.waitForSelector('#tree');
		await limited('#tree', 'tree');
		await page.fill('#find-unit', 'thon 28 xa so 173');
		await page.waitForFunction(() => document.querySelectorAll('#tree tbody tr').length === 1);
		await open('targets');
		await page.waitForSelector('#targets');
		await page.selectOption('#level', 'grassroots');
		await page.locator('main', { hasText: 'Chỉ hiện 400' }).waitFor();
		await limited('#targets', 'targets');
		await page.locator('#tab-places').click();
		await page.waitForSelector('#places');
		await limited('#places', 'places');
		await page.locator('#tab-lagging').click();
		await page.waitForSelector('#lagging');
		await limited('#lagging', 'lagging');
		match(await page.textContent('#letters'), /4\.844/);
		await page.fill('#find-row', 'thon 27 xa so 173');
		await key('Enter');
		await page.waitForFunction(() => document.querySelectorAll('#lagging tbody tr').length === 1);
		await open('months/2022-08');
		await page.waitForSelector('#board');
		await limited('#board', 'months');
		await page.fill('#find-row', 'thon 27 xa so 173');
		await key('Enter');
		await page.waitForFunction(() => document.querySelectorAll('#board tbody tr').length === 1);
		await open('grid/monthly/2022-08');
		await page.waitForSelector('#grid td[data-column]');
		await page.focus('#grid');
		await key('Control+End');
		await page.locator('#grid th', { hasText: 'Chi bộ thôn 28 xã số 173' }).waitFor();
		ok(await page.locator('#grid tbody tr').count() < 60, 'only what is in sight is drawn');
		await bareCell('the last figure');
		await key('Control+Home');
		await page.locator('#cell-0-0').waitFor();
		await bareCell('the first figure');
		for (const [keys, what] of [[['Control+End', 'Home'], 'the last row, its first column'], [['PageUp', 'End'], 'a page further up'], [['Home'], 'back to the names']]) {
			await key(...keys);
			await bareCell(what);
		}
		await key('Control+End');
		await page.setViewportSize({ width: 1093, height: 987 }); // a window that is made larger and smaller again
		await bareCell('in a larger window');
		await page.setViewportSize({ width: 1093, height: 614 });
		await bareCell('in the smaller one again');
		await noSideways();
		await shot('many-grid');
	},

	// The first page with the processor at a quarter, and the size of everything that is loaded.
	async cost() {
		const cdp = await page.context().newCDPSession(page);
		await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
		const times = [];
		await page.addInitScript(() => new MutationObserver((l, o) => { // as it is painted, not as somebody far away hears of it
			if (document.querySelector('main h1')) {
				o.disconnect();
				requestAnimationFrame(() => setTimeout(() => { // told by itself: whoever asks puts 330 KB of code into the page while it loads
					performance.mark('usable');
					console.debug('usable');
				}, 0));
			}
		}).observe(document, { childList: true, subtree: true }));
		for (let i = 0; i < 7; i++) {
			await page.goto('about:blank');
			const told = page.waitForEvent('console', (m) => m.text() === 'usable');
			await page.goto(`${origin}/`, { waitUntil: 'commit' });
			await told;
			times.push(await page.evaluate(() => Math.round(performance.getEntriesByName('usable')[0].startTime)));
		}
		ok(await page.evaluate(() => !performance.getEntriesByType('resource').some((r) => /api\/(door|state|home)$/.test(r.name))), 'the first answers came with the page');
		await page.waitForSelector('.map');
		const sizes = await page.evaluate(() => performance.getEntriesByType('resource').filter((r) => !r.name.includes('/api/'))
			.reduce((n, r) => n + r.transferSize, 0) + performance.getEntriesByType('navigation')[0].transferSize);
		console.log(`first page at a quarter of the processor: ${times.sort((a, b) => a - b).join(' ')} ms; ${sizes} bytes loaded`);
		ok(sizes < 250 * 1024, `${sizes} bytes`);
	},
};
