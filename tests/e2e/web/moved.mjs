// The server was succeeded by another one: whoever works by the pages alone hears it, and says where the new one is.
import { doesNotMatch, equal, match } from 'node:assert/strict';
import { page, key, shot, open, focused, mistakes } from './browser.mjs';
import { inEnglish, judgeHere } from './look.mjs';

const text = (of) => page.textContent(of);

export default {
	async moved() {
		await open('exchange');
		await page.waitForSelector('#sync');
		equal(await page.isVisible('#moved'), false, 'nobody is asked for an address before it is so');
		await page.locator('#sync').click();
		await page.waitForSelector('#outcome .block');
		match(await text('#strip'), /đã được máy chủ khác thay thế.*trang Gửi và nhận/);
		match(await text('#outcome'), /ghi vào ô dưới đây/);
		doesNotMatch(await text('#outcome'), /ketnap sync|lần sau/); // no command, and it does not go out by waiting
		equal(await text('#count-queued'), '1', 'what it could not hand in is kept');
		equal(await focused(), 'server');
		await judgeHere('moved');
		await shot('moved');
		await inEnglish('moved');

		// Where nothing answers: said, and nothing has changed.
		await page.fill('#server', '127.0.0.1:1');
		await key('Enter');
		await page.locator('#outcome .block', { hasText: '127.0.0.1:1' }).waitFor();
		equal(await text('#count-queued'), '1');
		equal(await page.inputValue('#server'), '127.0.0.1:1', 'it can be mended where it stands');
		await shot('moved-nobody');
		await page.fill('#server', process.env.KETNAP_NAME);
		await key('Enter');
		await page.waitForSelector('#outcome .good');
		equal(await text('#count-acked'), '1');
		equal(await text('#count-queued'), '0');
		equal(await page.isVisible('#moved'), false);
		doesNotMatch(await text('#strip'), /thay thế/);
		equal(await focused(), 'sync');
		await shot('moved-there');
		await open('exchange');
		await page.waitForSelector('#sync');
		await page.locator('#sync').click(); // and from now on without being told
		await page.waitForSelector('#outcome .good');
		mistakes();
	},
};
