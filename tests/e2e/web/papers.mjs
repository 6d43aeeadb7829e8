// Papers: what the pages print, and the files that they give; web.sh reads them with other programs.
import { writeFileSync } from 'node:fs';
import { equal, match } from 'node:assert/strict';
import { page, key, type, shot, open, focused, mistakes, noSideways, tabTo } from './browser.mjs';
import { judgeHere } from './look.mjs';

const dialog = () => page.waitForSelector('dialog[open]');

// What a press of that button opens. The window asks for the printer by itself, which a test cannot see to.
async function paper(press) {
	const [window] = await Promise.all([page.waitForEvent('popup'), press()]);
	await window.waitForLoadState();
	return window;
}

async function file(button, name) {
	const [download] = await Promise.all([page.waitForEvent('download'), page.locator(button).click()]);
	await download.saveAs(name);
	return download.suggestedFilename();
}

export default {
	// Header and signers by keyboard; the paper has them before the server has heard of them.
	async header() {
		await open('header');
		await page.waitForSelector('#header');
		await noSideways();
		await page.focus('#field-place');
		await type('Quảng Nam');
		await tabTo('Ghi lại');
		await page.focus('#field-signer');
		await type('Nguyễn Thị Ỷ <b>');
		await page.focus('#field-chief');
		await type('Đặng Văn Ưu');
		await key('Enter');
		await page.waitForSelector('#said .good');
		await shot('header');
		const look = await paper(() => page.locator('#look-at').click());
		match(await look.textContent('body'), /Quảng Nam, ngày \d\d tháng/);
		match(await look.textContent('body'), /Đặng Văn Ưu/);
		await look.close();
	},

	async print() {
		await open('targets');
		await page.fill('#to', '30/09/2022');
		await key('Tab');
		await page.waitForSelector('#targets');
		await key('Control+p');
		await dialog();
		equal(await focused(), 'doc-no');
		await page.check('#for-outside');
		await shot('print-outside');
		await page.uncheck('#for-outside');
		await page.focus('#doc-no');
		await type('12');
		await page.fill('#doc-day', '05/09/2022');
		await shot('print');
		await judgeHere('print');
		const table = await paper(() => key('Enter'));
		match(await table.textContent('body'), /Số 12-BC/);
		await table.emulateMedia({ media: 'print' });
		writeFileSync('table.pdf', await table.pdf({ preferCSSPageSize: true }));
		await table.close();
		for (const ending of ['xlsx', 'csv']) {
			await page.locator('#print').click();
			await dialog();
			match(await file(`#to-${ending}`, `page.${ending}`), new RegExp(`^table-D-2022-09-30\\.${ending}$`));
		}
		await page.locator('#tab-lagging').click();
		await page.waitForSelector('#lagging tbody tr');
		await page.locator('#print').click();
		await dialog();
		const behind = await paper(() => page.locator('#to-printer').click());
		match(await behind.textContent('body'), /chậm/);
		await behind.close();
		await open('months/2022-08');
		await page.waitForSelector('#board');
		await page.locator('#print').click();
		await dialog();
		const board = await paper(() => page.locator('#to-printer').click());
		match(await board.textContent('body'), /ĐẢNG CỘNG SẢN VIỆT NAM/);
		await board.close();
		await open('');
		await page.locator('#print').click();
		await dialog();
		const first = await paper(() => page.locator('#to-printer').click());
		match(await first.textContent('body'), /<img src=x onerror=alert/); // a unit's name stays text
		await first.close();
		await open('sheet/D.A/monthly/2022-10');
		await page.waitForSelector('.grid input');
		await page.locator('#print-blank').click();
		await dialog();
		const blank = await paper(() => page.locator('#to-printer').click());
		match(await blank.textContent('body'), /……/);
		await blank.close();
		equal(mistakes().join('\n'), '');
		// What cannot be printed says why, and there is no other paper.
		const status = (path) => page.evaluate((p) => fetch(p).then((r) => r.status), path);
		equal(await status('/paper/table.html?from=2022-01-01&to=2022-08-31&unit=NOWHERE'), 404);
		equal(await status('/paper/table.html?from=yesterday'), 422);
		equal(await status('/paper/table.exe?period=2022'), 404);
		equal(await status('/paper/table.html?from=%zz'), 422);
		const headers = await page.evaluate(() => fetch('/paper/table.html?period=2022').then((r) => r.headers.get('Content-Security-Policy')));
		match(headers, /^default-src 'none'; style-src 'unsafe-inline';/);
		mistakes();
	},
};
