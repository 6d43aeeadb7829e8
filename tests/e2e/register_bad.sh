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

# --- one card number, two people ------------------------------------------------------------------------------------
# unchanged WHAT: the members are as before, and nothing was queued to be sent (reading the list tells of that alone)
queued=$(cj a .queued status)
unchanged()
{
	is "$queued" "$(cj a .queued status)" "nothing queued: $1"
	is 'B1 B9' "$(cj a '[.[].card] | sort | join(" ")' members list)" "nothing half taken: $1"
	queued=$(cj a .queued status)
}
printf '%s\nB5,Bịa Năm,1970-01-02,nam,,,D.A,2001-02-03,\nB1,Bịa Một,1971-01-02,nam,,,D.A,2001-02-03,\n' $head >members.csv
for word in '' alike=take alike=skip; do
	exits 1 "$ketnap" members import members.csv $word --data a
	has 'line 3: card: a member here is another person with this number' err
	has 'nothing was' err
	unchanged 'import against the list'
done
exits 1 "$ketnap" members import members.csv --dry-run --data a
exits 1 "$ketnap" members correct B9 card=B1 --reason 'thẻ in lại' --data a
has 'card: a member here is another person with this number' err
unchanged 'a correction'
exits 1 "$ketnap" case open name='Bịa Thẻ' birth=1990-01-02 card=B9 --data a
has 'card: a member here is another person with this number' err
unchanged 'a case'
is 0 "$(cj a length case list)" 'no case'
# the same person, by name and birth date: said, for a person to decide; then another case with the card of the first
c a case open name='Nguyễn Văn Đức' birth=1980-01-31 card=B1 day=2022-03-04
has 'member ' err
has 'has the same name and birth date' err
c a case open name='Bịa Thẻ' birth=1990-01-02 card=B5 day=2022-03-04
exits 1 "$ketnap" case open name='Bịa Khác' birth=1991-01-02 card=B5 --data a
has 'card: a case here has another person with this number' err
exits 1 "$ketnap" case correct 'bia the' card=B9 --reason 'nhầm thẻ' --data a
has 'a member here is another person' err
c a members correct B9 card=B10 --reason 'thẻ in lại'
c a case correct 'bia the' card=B9 --reason 'nhầm thẻ' # free since

# --- somebody on the way in is on the file already ------------------------------------------------------------------
the=$(cj a '.[] | select(.name == "Bịa Thẻ").case[:8]' case list)
queued=$(cj a .queued status)
# still N WHAT: so many members as before, and nothing queued
still()
{
	is "$queued" "$(cj a .queued status)" "nothing queued: $2"
	is "$1" "$(cj a length members list)" "nobody taken: $2"
	queued=$(cj a .queued status)
}
printf '%s\nB20,BIA THE,1990-01-02,nam,,,D.A,2001-02-03,\nB21,Bịa Thẻ,1990-01-03,nam,,,D.A,2001-02-03,\n' $head >members.csv
exits 1 "$ketnap" members import members.csv --data a
has "line 2: case $the of D.A has the same name and birth date; it stands at: outstanding person, introduced" err
lacks 'line 3' err # another birth date
has '1 rows have the name and birth date' err
still 2 'a case goes on'
c a members import members.csv --dry-run
has "line 2: case $the of D.A" err
is '2 1' "$(cj a '"\(.rows) \(.taken)"' members import members.csv alike=skip --dry-run)" 'left out by the word for it'
is '2 2' "$(cj a '"\(.rows) \(.taken)"' members import members.csv alike=take --dry-run)" 'taken by the word for it'
printf '%s\nB9,Bịa Lạ,1980-01-02,nam,,,D.A,2001-02-03,\n' $head >members.csv
for word in '' alike=take alike=skip; do
	exits 1 "$ketnap" members import members.csv $word --data a
	has 'line 2: card: a case here has another person with this number' err
	still 2 'the card of somebody on the way in'
done
# the same of a case that is opened, whatever the letters: the member and the other case
duc=$(cj a '.[] | select(.name == "Nguyễn Văn Đức").case[:8]' case list)
member=$(cj a '.[] | select(.birth == "1980-01-31").member[:8]' members list)
c a case open name='NGUYEN VAN DUC' birth=1980-01-31 day=2022-03-04
has "member $member has the same name and birth date" err
has "case $duc of D.A has the same name and birth date; it stands at: outstanding person, introduced" err
# and of a birth date typed the other way, which is kept as any other
twin=$(cj a .case case open name='Nguyễn Văn Đức' birth=31/01/1980 left=02/01/2010 day=2022-03-04)
has "member $member has the same name and birth date" err
has "case $duc of D.A has the same name and birth date" err
is '1980-01-31 2010-01-02' "$(cj a '"\(.birth) \(.fields.left)"' case show "$twin")" 'as it is sealed'
printf '%s\nB22,Bịa Xa,1990-01-02,nam,,,D.A,2001-02-03,\n' $head >members.csv
c a case open name='Bịa Xa' birth=1990-01-02 day=2022-03-04
c a case step 'bia xa' withdraw 2022-03-04 why=own-wish
is 1 "$(cj a .taken members import members.csv --dry-run)" 'whose case is over is on the way no more'
lacks 'line 2' err

# --- days that cannot be ----------------------------------------------------------------------------------------------
exits 1 "$ketnap" members correct B10 birth=2050-01-02 --reason 'nhầm' --data a
has 'the birth date is in the future' err
exits 1 "$ketnap" case open name='Bịa Sau' birth=2050-01-02 --data a
has 'the birth date is not before the first step' err
c a case step 'bia the' list 2022-03-05
c a case step 'bia the' apply 2022-03-06
exits 1 "$ketnap" case step 'bia the' decide 2022-03-07 --data a
has "this must come first: the cell's resolution" err
c a case step 'bia the' cell 2022-06-01 votes=9/10
exits 1 "$ketnap" case step 'bia the' committee 2022-05-31 --data a
has "would be before this: the cell's resolution on" err
c a case step 'bia the' committee 2022-06-02
exits 1 "$ketnap" case step 'bia the' decide 2022-05-31 --data a
has "would be before this: the committee's resolution on" err
is committee "$(cj a .stage case show 'bia the')" 'where it was'

# --- to a unit that is closed -------------------------------------------------------------------------------------------
enrol b D.B approver
c b case key
c b sync
c a sync
printf 'change,unit\ndissolve,D.B\n' >act.csv
k act act.csv --no 9-QĐ/TU --signed 2022-09-10 --signer 'Người Ký' --effective 2022-09-15 --data s
c a sync
# whoever sees that unit is told at once
enrol d D approver
c d sync
c d case open name='Bịa Huyện' birth=1990-01-02 day=2022-03-04
exits 1 "$ketnap" case move 'bia huyen' D.B 2022-09-20 --data d
has 'the unit D.B is closed: nobody can be sent there' err
is introduced "$(cj d .stage case show 'bia huyen')" 'it stays there'
# a neighbour does not see it: the server refuses, and the person is where they were
c a case move 'bia the' D.B 2022-09-20
c a members move B10 D.B 2022-09-20
c a sync
is 2 "$(grep -c 'the unit did not exist on that day' out)" 'said of both'
is committee "$(cj a .stage case show 'bia the')" 'the case stays here'
is stays "$(cj a '.[] | select(.card == "B10").state' members list)" 'and the member'

# --- back into the Party: 36 months after, once --------------------------------------------------------------------------
exits 1 "$ketnap" case open name='Bịa Trở Lại' birth=1975-01-02 left=sometime --data a
exits 1 "$ketnap" case open name='Bịa Trở Lại' birth=1975-01-02 readmitted=twice --data a
c a case open name='Bịa Trở Lại' birth=1975-01-02 sex=m source=rural education=4 left=2020-05-06 readmitted=1 day=2022-01-05
c a case step 'tro lai' list 2022-01-06
c a case step 'tro lai' apply 2022-01-07
c a case step 'tro lai' cell 2022-09-01 votes=9/10 except=readmission-months:consent
has 'time out of the Party before readmission (27 months, the rule says 36)' err
has 'number of readmissions (2, the rule says 1)' err
lacks '/10, the rule' err
has 'recorded as an exception' err
c a case step 'tro lai' cell 2022-09-02 votes=5/10
has '(5/10, the rule says 2/3)' err # not 5 beside 2
c a case step 'tro lai' committee 2022-09-05
c a case step 'tro lai' decide 2022-09-20
is '1 1' "$(cj a '.counted | "\(.admitted) \(.admitted_readmitted)"' case count 2022-09)" 'inside the admitted, and apart'
c a case step 'tro lai' ceremony 2022-09-21
printf '%s\n,Bịa Trở Lại,1975-01-02,nam,,,D.A,2022-09-20,\n' $head >members.csv
exits 1 "$ketnap" members import members.csv --data a
has 'has the same name and birth date; it stands at: in probation' err
c a case open name='Bịa Đủ Hạn' birth=1975-01-02 sex=m source=rural education=4 left=2018-05-06 day=2022-01-05
c a case step 'du han' list 2022-01-06
c a case step 'du han' apply 2022-01-07
c a case step 'du han' cell 2022-09-01 votes=9/10
lacks 'readmission' err
is '2018-05-06' "$(cj a .fields.left case show 'du han')" 'kept for the record'
c a sync
nowhere 2018-05-06 s
