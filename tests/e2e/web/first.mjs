// From a printed card to the first month that the server has; months by stick.
import { readFileSync, writeFileSync } from 'node:fs';
import { ok, equal, match } from 'node:assert/strict';
import { page, open, shot, key, type, focused, tabTo, kept, goTo, noSideways } from './browser.mjs';
import { judgeHere } from './look.mjs';

// What the card of that unit says.
function card() {
	const lines = readFileSync(process.env.KETNAP_CARD, 'utf8').split('\n');
	const at = lines.findIndex((l) => l.includes(`(${process.env.KETNAP_UNIT})`));
	return { server: /: (\S+)$/.exec(lines[at + 1])[1], code: lines[at + 2].trim() };
}

async function save(button, path) {
	const [file] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
	await file.saveAs(path);
	return file.suggestedFilename();
}
async function theCase() {
	await open('register/list');
	await page.waitForSelector('#cases');
	await page.locator('#cases tbody a').first().click();
	await page.waitForSelector('button.forget');
}
const said = () => page.textContent('#stick-said');

export default {
	// By the keyboard alone, and by what the screen says.
	async clerk_path() {
		const { server, code } = card();
		await page.waitForSelector('#enrol');
		await judgeHere('enrol');
		equal(await focused(), 'address');
		await type(server);
		await key('Tab');
		await type(code.slice(0, 12));
		match(await page.textContent('#enrol'), /10 trong 35/);
		await key('Enter'); // too short: said, and nothing is lost
		await page.waitForSelector('#said .block');
		await shot('enrol-wrong');
		await page.waitForFunction(() => document.activeElement.id === 'code');
		await key('Control+a');
		await type(code.toLowerCase().replaceAll('-', ' '));
		await key('Enter');
		await page.waitForSelector('#begin');
		match(await page.textContent('main'), /Đảng bộ xã An/);
		await shot('enrolled');
		await key('Enter');
		await page.waitForSelector('tr:has-text("tháng 8/2022")');
		await shot('first-home');
		await tabTo('Nhập');
		while (!(await page.evaluate(() => document.activeElement.closest('tr')?.textContent.includes('tháng 8/2022'))) || !(await focused()).includes('Nhập'))
			await key('Tab');
		await key('Enter');
		await page.waitForFunction(() => document.activeElement.dataset.measure === 'admitted');
		await type('2');
		await key('Enter');
		await kept();
		await goTo('src_rural');
		await type('2');
		await key('Enter');
		await kept();
		await goTo('members_end');
		await type('20');
		await key('Enter');
		await kept();
		await goTo('members_begin');
		await type('18');
		await key('Enter');
		await kept();
		await shot('first-sheet');
		await key('Control+s');
		await page.waitForSelector('dialog[open]');
		await key('Enter');
		await page.waitForSelector('#said .good');
		await key('Control+Home');
		await page.evaluate(() => document.getElementById('skip').focus());
		await tabTo('Gửi và nhận');
		await key('Enter');
		await page.waitForFunction(() => document.activeElement.id === 'sync');
		await key('Enter');
		await page.locator('#strip', { hasText: 'máy chủ đã nhận: 1' }).waitFor();
		await page.waitForSelector('#outcome .good');
		await shot('first-acked');
	},

	// Without a line: what is signed leaves as a file.
	async stick_out() {
		await page.goto(page.url().split('#')[0] + '#/exchange');
		await page.waitForSelector('#stick-out');
		match(await save('#stick-out', 'b.ketnap'), /^gui-D\.B-\d{8}\.ketnap$/);
		await page.waitForSelector('#stick-said .good');
		match(await said(), /1 biểu.*chờ ở máy/);
		await judgeHere('stick-out');
		writeFileSync('text.ketnap', 'đây không phải tệp của Ketnap');
		await page.setInputFiles('#stick-file', 'text.ketnap');
		await page.waitForSelector('#stick-said .block');
		match(await said(), /Không có gì thay đổi/);
		await page.setInputFiles('#stick-file', 'b.ketnap'); // its own, taken back by mistake
		await page.locator('#stick-said .block').waitFor();
		equal(await page.textContent('#count-queued'), '1');
		await shot('stick-own');
	},
	async stick_carry() {
		await page.goto(page.url().split('#')[0] + '#/exchange');
		await page.waitForSelector('#stick-file', { state: 'attached' });
		await page.setInputFiles('#stick-file', 'b.ketnap');
		await page.waitForSelector('#stick-said .good');
		match(await said(), /Chi bộ Bình/);
		match(await page.textContent('#carried'), /chờ lần gửi và nhận tới/);
		await noSideways();
		await shot('stick-carried');
	},
	async stick_sync() {
		await page.goto(page.url().split('#')[0] + '#/exchange');
		await page.waitForSelector('#sync');
		await page.click('#sync');
		await page.waitForSelector('#outcome .good');
	},
	async stick_answer() {
		await page.goto(page.url().split('#')[0] + '#/exchange');
		await page.waitForSelector('#carried button');
		match(await page.textContent('#carried'), /đã có trả lời/);
		match(await save('#carried button', 'b.answer'), /^tra-loi-D\.B-/);
		await judgeHere('stick-answer');
	},
	async stick_back() {
		await page.goto(page.url().split('#')[0] + '#/exchange');
		await page.waitForSelector('#stick-file', { state: 'attached' });
		// However slow the counts are, what is said of an answer is not said beside those of before.
		await page.route('**/api/state', async (to) => {
			await new Promise((r) => setTimeout(r, 500));
			await to.continue();
		});
		await page.setInputFiles('#stick-file', 'b.answer');
		await page.waitForSelector('#stick-said .good');
		match(await said(), /máy chủ đã nhận 1/);
		equal(await page.textContent('#count-queued'), '0');
		await page.setInputFiles('#stick-file', 'b.answer'); // again changes nothing
		await page.waitForSelector('#stick-said .good, #stick-said .block');
		equal(await page.textContent('#count-acked'), '1');
		await shot('stick-back');
	},

	// A contact that somebody stops says so, and loses nothing.
	async stop() {
		await page.goto(page.url().split('#')[0] + '#/exchange');
		await page.waitForSelector('#sync');
		await page.evaluate(async () => {
			const ask = (name) => fetch(`/api/${name}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }).then((r) => r.json());
			await ask('sync');
			window.stopped = await ask('sync_stop');
		});
		ok(!(await page.evaluate(() => window.stopped.error)));
	},

	// In an old encoding: shown as it was understood, then taken.
	async members_old() {
		await open('register/members');
		await page.waitForSelector('#members-file', { state: 'attached' });
		await page.setInputFiles('#members-file', 'old.csv');
		await page.waitForSelector('#preview');
		match(await page.textContent('#preview'), /Nguyễn Văn Đức/);
		match(await page.textContent('dialog'), /TCVN3/);
		await shot('members-old');
		await page.locator('dialog button.main').click();
		await page.locator('#members', { hasText: 'Nguyễn Văn Đức' }).waitFor();
	},

	async forget_ask() {
		await theCase();
		await page.click('button.forget');
		await page.waitForSelector('dialog[open]');
		await judgeHere('forget');
		await page.fill('dialog textarea', 'không phát triển nữa');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('main .note.good');
		await shot('forget-asked');
	},
	// Who asked does not confirm.
	async forget_alone() {
		await theCase();
		match(await page.textContent('main'), /cần một người khác xác nhận/);
		await page.click('button.forget');
		await page.fill('dialog textarea', 'không phát triển nữa');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('main .note.block');
		await shot('forget-alone');
	},
	async forget_confirm() {
		await theCase();
		await page.click('button.forget');
		await page.fill('dialog textarea', 'đã xem hồ sơ');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('main .note.good');
	},
	async forgotten() {
		await open('register/list');
		await page.waitForSelector('h1');
		await kept();
		ok(!(await page.textContent('main')).includes('Lò Bịa Hai'), 'the name is gone');
		await shot('forgotten');
	},
};
