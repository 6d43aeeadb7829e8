// Persons on their way to membership, and members: by keyboard. All names here are invented.
import { writeFileSync } from 'node:fs';
import { equal, match, ok } from 'node:assert/strict';
import { page, key, type, shot, open, mistakes, noSideways, keepBack } from './browser.mjs';
import { judgeHere } from './look.mjs';

const dialog = () => page.waitForSelector('dialog[open]');
const good = () => page.waitForSelector('.note.good');

async function introduce(name, birth) {
	await open('register/new');
	await page.waitForSelector('#person');
	await page.focus('#person input[name=name]');
	await type(name);
	await key('Tab');
	await type(birth);
	await page.check('#person input[value=student]');
	await page.fill('#person input[name=day]', '10/01/2022');
	await page.focus('#person input[name=note]');
	await key('Enter');
}

export default {
	async persons() {
		await open('register');
		await page.waitForSelector('#introduce');
		await shot('register-empty');
		const go = await keepBack('case_open'); // a disk that stalls
		await introduce('Nguyễn Bịa Ưởng', '04/03/1999');
		await page.waitForSelector('#said .note');
		ok(await page.isDisabled('#person button.main'), 'once is enough');
		await go();
		await page.waitForSelector('#take-step');
		match(await page.textContent('#fields'), /Nguyễn Bịa Ưởng.*04\/03\/1999/s);
		await noSideways();
		await page.selectOption('#step', 'list');
		await page.fill('#take-step input[name=day]', '20/01/2022');
		await page.locator('#take-step input[name=no]').focus();
		await type('6-NQ/BỊA');
		await key('Enter');
		await good();
		match(await page.textContent('#steps'), /20\/01\/2022.*6-NQ\/BỊA/s);
		await shot('person');
		await judgeHere('person');
		await page.selectOption('#step', 'cell'); // a paper is missing: said first, and not refused
		await page.fill('#take-step input[name=day]', '20/01/2021');
		await page.locator('#take-step button').click();
		await page.waitForSelector('#said .block', { timeout: 5000 }); // before the step that it follows on
		mistakes();
		// The same person again: asked first.
		await introduce('nguyen bia uong', '04/03/1999');
		await dialog();
		await key('Escape');
		mistakes();
		await introduce('Trần Bịa Hai', '06/05/1995');
		await page.waitForSelector('#take-step');
		// One step for both, as a class has it.
		await open('register/list');
		await page.waitForSelector('#cases');
		await noSideways();
		await page.fill('#find-case', 'tran bia');
		equal(await page.locator('#cases tbody tr').count(), 1);
		await page.fill('#find-case', '');
		for (const box of await page.locator('#cases tbody input').all())
			await box.check();
		await page.locator('#together').click();
		await dialog();
		await page.selectOption('#many-step', 'send');
		await page.fill('dialog input[name=day]', '01/03/2022');
		await shot('together');
		await judgeHere('together');
		await page.locator('dialog button.main').click();
		await page.locator('dialog h2', { hasText: ':' }).waitFor();
		await page.locator('dialog button.main').click();
		await good();
		equal(await page.locator('#cases tbody tr', { hasText: '01/03/2022' }).count(), 2);
		await shot('cases');
		// A step that one of them cannot take: neither does.
		for (const box of await page.locator('#cases tbody input').all())
			await box.check();
		await page.locator('#together').click();
		await dialog();
		await page.selectOption('#many-step', 'ceremony');
		await page.fill('dialog input[name=day]', '01/04/2022');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('.note.block');
		mistakes();
		await page.locator('#tab-board').click();
		await page.waitForSelector('.board');
		equal(await page.locator('.board .card').count(), 2);
		await noSideways();
		await shot('board');
		await judgeHere('board');
	},

	async members() {
		writeFileSync('members-page.csv', 'card,name,birth,sex,ethnicity,religion,admitted,recognised,unit\n0101,Lê Bịa Ba,1980-02-03,m,Kinh,Không,2010-05-06,2011-05-06,D.A\n' +
			'0102,Đỗ Bịa Bốn,1985-02-03,f,Kinh,Không,2012-05-06,2013-05-06,D.A\n');
		writeFileSync('members-bad.csv', 'card,name,birth,sex,ethnicity,religion,admitted,recognised,unit\n0103,Lý Bịa Năm,2080-02-03,m,Kinh,Không,2010-05-06,,D.A\n');
		await open('register/members');
		await page.waitForSelector('#members-file', { state: 'attached' });
		await page.setInputFiles('#members-file', 'members-bad.csv');
		await page.locator('.note.block', { hasText: 'dòng 2' }).waitFor();
		mistakes();
		await page.setInputFiles('#members-file', 'members-page.csv');
		await page.waitForSelector('#preview');
		match(await page.textContent('#preview'), /Lê Bịa Ba.*Đỗ Bịa Bốn/s);
		await shot('import');
		await judgeHere('import');
		await page.locator('dialog button.main').click();
		await good();
		equal(await page.locator('#members tbody tr').count(), 2);
		await page.fill('#find-member', 'do bia');
		await key('Enter');
		await page.waitForFunction(() => document.querySelectorAll('#members tbody tr').length === 1);
		match(await page.textContent('#members'), /Đỗ Bịa Bốn/);
		await page.locator('#members tbody button').click();
		await dialog();
		await page.selectOption('#how', 'outside');
		await page.fill('dialog input[name=day]', '01/06/2022');
		await page.locator('dialog button.main').click();
		await page.locator('#members', { hasText: 'chuyển đi ngoài tỉnh' }).waitFor();
		ok(await page.locator('#members-count', { hasText: '1 / 2' }).count());
		await noSideways();
		await shot('members');
	},
};
