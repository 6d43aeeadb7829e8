// Records corrected field by field, two values of one field settled, people put forward: by keyboard. All names are invented.
import { equal, match } from 'node:assert/strict';
import { page, key, type, shot, open, mistakes, noSideways } from './browser.mjs';
import { inEnglish, judgeHere } from './look.mjs';

const good = () => page.waitForSelector('.note.good');
const text = (of) => page.textContent(of);
async function sync() {
	await open('exchange');
	await page.waitForFunction(() => document.activeElement.id === 'sync');
	await key('Enter');
	await page.locator('#count-queued', { hasText: /^0$/ }).waitFor(); // what is said to be good may be the contact before
	await page.waitForSelector('#sync:enabled');
	await page.waitForSelector('#outcome .good');
}

// By name, sealed for the district too; one more, taken back before it was ever sent.
async function putForward() {
	await open('register');
	await page.focus('#tab-commend');
	await key('Enter');
	await page.waitForSelector('#commend');
	match(await text('main'), /Trong kỳ này chưa đề nghị ai/);
	const fill = async (fields) => {
		for (const [name, value] of Object.entries(fields)) {
			await page.focus(`#commend input[name=${name}]`);
			await key('Control+a');
			await type(value);
		}
	};
	await fill({ name: 'Trần Bịa Sáu', title: 'Bí thư chi bộ thôn Ỷ', helped: '0' });
	await key('Enter');
	await page.waitForSelector('#said .block'); // said, and what was typed stays
	equal(await page.inputValue('#commend input[name=name]'), 'Trần Bịa Sáu');
	mistakes();
	await page.selectOption('#commend select[name=body]', 'D');
	await fill({ helped: '3' });
	await key('Enter');
	await good();
	await fill({ name: 'Lý Bịa Bảy', title: 'Đảng viên', helped: '1' });
	await key('Enter');
	await page.waitForFunction(() => document.querySelectorAll('#commended tbody tr').length === 2);
	await judgeHere('commended');
	await page.locator('#commended tr', { hasText: 'Lý Bịa Bảy' }).locator('.back').focus();
	await key('Enter');
	await page.waitForSelector('dialog[open]');
	await key('Enter');
	await page.waitForFunction(() => document.querySelectorAll('#commended tbody tr').length === 1);
	match(await text('#commended'), /Trần Bịa Sáu.*Bí thư chi bộ thôn Ỷ.*3.*Huyện Một cũng đọc được họ tên.*chờ gửi/s);
	await shot('commended');
	await inEnglish('commended', () => page.waitForSelector('#commended'));
}

export default {
	// A part of the province asks the server for the bridge; what came is kept, and shown with its time and number.
	async asked_of_server() {
		await open('acts/bridge');
		await page.waitForSelector('#balance');
		equal(await page.locator('#bridge').count(), 0);
		match(await text('main'), /Chưa hỏi máy chủ câu này/);
		await page.focus('.ask-server');
		await key('Enter');
		await page.waitForSelector('#bridge');
		match(await text('main'), /Máy chủ trả lời theo số liệu lúc .*, số \d+; nhận về máy này/);
		await open('acts/bridge'); // out of what is kept: nothing is asked
		await page.waitForSelector('#bridge');
		equal(await page.textContent('.ask-server'), 'Hỏi lại máy chủ');
		await page.fill('#bridge-on', '01/01/2022');
		await page.locator('#show-bridge').click();
		await page.locator('main .note', { hasText: 'theo tổ chức ngày' }).waitFor();
		await judgeHere('bridge-asked');
		await shot('bridge-asked');
		await open('people'); // what each device said that it holds
		await page.focus('.ask-server');
		await key('Enter');
		await page.locator('.ask-server', { hasText: 'Hỏi lại' }).waitFor();
		match(await page.locator('#devices tr', { hasText: 'Người ca' }).textContent(), /đang nhập: 1 biểu.*liên lạc lần cuối/s);
		match(await text('#devices'), /không còn gì/);
		await judgeHere('people-held');
		await shot('people-held');
		mistakes();
	},

	// Without having seen the other's correction: the name, and the card number otherwise.
	async records() {
		await open('register/list');
		await page.waitForSelector('#cases');
		await page.locator('#cases a', { hasText: 'Bịa Sai' }).focus();
		await key('Enter');
		await page.waitForSelector('#correct-open');
		await page.focus('#correct-open');
		await key('Enter');
		await page.waitForSelector('#correct');
		equal(await page.evaluate(() => document.activeElement.dataset.field), 'name', 'the first field has the focus');
		await key('Control+a');
		await type('Nguyễn Bịa Đúng');
		await page.focus('[data-field=card]');
		await key('Control+a');
		await type('002');
		await page.selectOption('[data-field=occupation]', 'farm');
		await page.locator('fieldset[data-field=marks] input').first().check();
		await judgeHere('record-form');
		await shot('record-form');
		await page.focus('#correct textarea');
		await type('theo giấy khai sinh');
		await page.focus('#correct button.main');
		await key('Enter');
		await good();
		match(await text('#fields'), /Nguyễn Bịa Đúng.*002.*lao động nông, lâm, ngư nghiệp.*không thực hiện đúng chính sách dân số/s);
		match(await text('#corrections'), /chờ gửi.*Họ và tên: Nguyễn Bịa Đúng.*theo giấy khai sinh/s);
		match(await text('#first'), /Họ và tên: Nguyễn Bịa Sai.*Số thẻ.*: 001.*nội dung ghi lần đầu/s);
		await page.focus('#correct-open'); // what does not hold is said with the field, and nothing is lost
		await key('Enter');
		await page.waitForSelector('#correct');
		await page.fill('[data-field=birth]', '01/02/2050');
		await page.fill('#correct textarea', 'thử');
		await page.locator('#correct button.main').click();
		await page.waitForSelector('#correct .block');
		equal(await page.inputValue('[data-field=birth]'), '01/02/2050');
		mistakes();
		await sync();
		await open('register');
		await page.locator('main a', { hasText: 'có hai nội dung khác nhau' }).focus();
		await key('Enter');
		await page.waitForSelector('#records');
		match(await text('#records'), /Nguyễn Bịa Đúng: Số thẻ/);
		await judgeHere('record-contests');
		await shot('record-contests');
		await inEnglish('record-contests', () => page.waitForSelector('#records'));
		await page.locator('#records a').focus();
		await key('Enter');
		await page.waitForSelector('[data-contest=card]');
		match(await text('[data-contest=card]'), /002.*003|003.*002/s);
		await noSideways();
		await judgeHere('record-contest');
		await shot('record-contest');
		await inEnglish('record-contest', () => page.waitForSelector('[data-contest=card]'));
		await page.focus('[data-contest=card] [data-field=card]');
		await type('004');
		await page.focus('[data-contest=card] textarea');
		await type('cầm thẻ xem lại');
		await page.focus('[data-contest=card] button.main');
		await key('Enter');
		await good();
		equal(await page.locator('[data-contest]').count(), 0);
		match(await text('#fields'), /004/);
		match(await text('#corrections'), /cầm thẻ xem lại/);
		await shot('record');
		await inEnglish('record', async () => {
			await page.locator('#correct-open').click();
			await page.waitForSelector('#correct');
		});
		await open('register/members'); // a member's days are corrected too
		await page.locator('#members a', { hasText: 'Lê Bịa Ba' }).focus();
		await key('Enter');
		await page.waitForSelector('#correct-open');
		await page.focus('#correct-open');
		await key('Enter');
		await page.focus('[data-field=recognised]');
		await key('Control+a');
		await type('07/05/2011');
		await page.fill('#correct textarea', 'theo quyết định');
		await page.locator('#correct button.main').click();
		await good();
		match(await text('#fields'), /Chính thức.*07\/05\/2011/s);
		match(await text('#first'), /Chính thức.*06\/05\/2011.*nội dung ghi lần đầu/s);
		await judgeHere('member');
		await shot('member');
		await inEnglish('member', () => page.waitForSelector('#corrections'));
		await putForward();
		await sync();
		mistakes();
	},
};
