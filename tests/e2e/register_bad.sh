#!/usr/bin/env bash
# Bad input to the register, and the path back into the Party: clear words, nothing half taken. All names are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province s
enrol a D.A approver
c a sync
head=card,name,birth,sex,ethnicity,religion,unit,admitted,recognised

# refused SAYS: members.csv is not taken, for that reason, and nobody of it is here
refused()
{
	exits 1 "$ketnap" members import members.csv --data a
	has "$1" err
	is 0 "$(cj a length members list)" "nothing half imported: $1"
}

# --- a register from another program ---------------------------------------------------------------------------
printf '%s\nB1,Bịa Một,1970-01-02,nam,,,D.A,2001-02-03,\nB2,Bịa Hai,1971-01-02,nam,,,D.A,2001-02-03,\nB1,Bịa Ba,1972-01-02,nam,,,D.A,2001-02-03,\n' $head >members.csv
refused 'line 4: card: line 2 has another person with this number'
printf '%s\nB1,Bịa Một,1970-01-02,nam,,,D.A,2001-02-03,\nB2,Bịa Hai,2050-01-02,nam,,,D.A,2051-02-03,\n' $head >members.csv
refused 'line 3: birth: the day is in the future'
printf '%s\nB1,Bịa Một,1970-01-02,nam,,,D.A,2001-02-03,2000-02-03\n' $head >members.csv
refused 'line 2'
printf 'card,name,birth\nB1,Bịa Một,1970-01-02\n' >members.csv
refused 'column'

# --- in TCVN3 and in VNI: detected, shown, and saved only with the word for it ---------------------------------------
# Nguyễn Văn Đức in both; other columns in another order
printf 'name,birth,sex,unit,admitted,recognised,card,ethnicity,religion\nNguy\xD4n V\xA8n \xA7\xF8c,1980-01-31,nam,D.A,2001-02-03,,B1,Kinh,kh\xABng\n' >members.csv
refused 'encoding=TCVN3'
c a members import members.csv --dry-run
has 'Nguyễn Văn Đức' out
is TCVN3 "$(cj a .encoding members import members.csv --dry-run)" 'which it was'
exits 1 "$ketnap" members import members.csv encoding=VNI --data a
c a members import members.csv encoding=TCVN3
is 'Nguyễn Văn Đức' "$(cj a '.[].name' members search duc)" 'converted before it was sealed'
printf 'unit,admitted,recognised,card,name,birth,sex,ethnicity,religion\nD.A,2001-02-03,,B9,Nguye\xE3n Va\xEAn \xD1\xF6\xF9c,1981-01-31,nam,Kinh,kho\xE2ng\n' >members.csv
exits 1 "$ketnap" members import members.csv --data a
has 'encoding=VNI' err
c a members import members.csv encoding=VNI
is '2 B1 B9' "$(cj a '"\(length) \([.[].card] | sort | join(" "))"' members search 'van duc')" 'both'
# no duplicate: another birth date; the same person in UTF-8 is one
printf '%s\nB7,Nguyễn Văn Đức,1980-01-31,nam,,,D.A,2001-02-03,\n' $head >members.csv
exits 1 "$ketnap" members import members.csv --data a
has 'is here already' err

# --- back into the Party: 36 months after, once --------------------------------------------------------------------------
exits 1 "$ketnap" case open name='Bịa Trở Lại' birth=1975-01-02 left=sometime --data a
exits 1 "$ketnap" case open name='Bịa Trở Lại' birth=1975-01-02 readmitted=twice --data a
c a case open name='Bịa Trở Lại' birth=1975-01-02 sex=m source=rural education=4 left=2020-05-06 readmitted=1 day=2022-01-05
c a case step 'tro lai' list 2022-01-06
c a case step 'tro lai' apply 2022-01-07
c a case step 'tro lai' cell 2022-09-01 votes=9/10 except=readmission-months:consent
has 'time out of the Party before readmission (27, the rule says 36)' err
has 'number of readmissions (2, the rule says 1)' err
has 'recorded as an exception' err
c a case step 'tro lai' committee 2022-09-05
c a case step 'tro lai' decide 2022-09-20
is '1 1' "$(cj a '.counted | "\(.admitted) \(.admitted_readmitted)"' case count 2022-09)" 'inside the admitted, and apart'
c a case open name='Bịa Đủ Hạn' birth=1975-01-02 sex=m source=rural education=4 left=2018-05-06 day=2022-01-05
c a case step 'du han' list 2022-01-06
c a case step 'du han' apply 2022-01-07
c a case step 'du han' cell 2022-09-01 votes=9/10
lacks 'readmission' err
is '2018-05-06' "$(cj a .fields.left case show 'du han')" 'kept for the record'
c a sync
is '' "$(grep -rlaF 2018-05-06 s || true)" 'sealed'
