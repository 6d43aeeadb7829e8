# shellcheck shell=bash disable=SC2154
# Sourced by forms.sh, for its time: records corrected at the pages by two people who had not seen each other's, and people put forward. A
# province of its own: in that of changes.sh the unit is merged by then. All names are invented.
stop_server
# serve's: the next server takes a port of its own
# shellcheck disable=SC2034
address=
small_province records
k clock 2022-09-24 --data records
for who in ra:D.A re:D.A rd:D; do
	IFS=: read -r dir unit <<<"$who"
	enrol "$dir" "$unit" approver
	c "$dir" sync
done
c re case open name='Nguyễn Bịa Sai' birth=1998-03-04 sex=m ethnicity=Kinh card=001 source=rural education=3 day=2022-01-10
c rd case key # so that a name can be sealed for the district
c rd sync
for dir in re ra re ra; do c "$dir" sync; done # the person, and the key to the name
one=$(cj re '.[0].case' case list)
c re case correct "$one" card=003 --reason 'đọc lại thẻ'
c re sync
printf 'card,name,birth,sex,ethnicity,religion,admitted,recognised,unit\n0101,Lê Bịa Ba,1980-02-03,m,Kinh,Không,2010-05-06,2011-05-06,D.A\n' >roll.csv
c ra members import roll.csv
open ra
walk records
shut
c re sync
is 'Nguyễn Bịa Đúng 004 0' "$(cj re '"\(.fields.name) \(.fields.card) \(.contested | length)"' case show "$one")" 'settled for both, by a third value'
for dir in ra rd; do c "$dir" sync; done
is 'Trần Bịa Sáu 3 true' "$(cj rd '.people[0] | "\(.person) \(.helped) \(.delivered)"' commend list D --period 2022)" 'the district opens the name'
