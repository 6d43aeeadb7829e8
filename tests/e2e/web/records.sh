# shellcheck shell=bash disable=SC2154
# Sourced by changes.sh, with its devices: records corrected at the pages by two people who had not seen each
# other's. All names are invented.
c ce case open name='Nguyễn Bịa Sai' birth=1998-03-04 sex=m ethnicity=Kinh card=001 source=rural education=3 day=2022-01-10
c cd case key # so that a name can be sealed for the district
c cd sync
for dir in ce ca ce ca; do c "$dir" sync; done # the person, and the key to the name
one=$(cj ce '.[0].case' case list)
c ce case correct "$one" card=003 --reason 'đọc lại thẻ'
c ce sync
printf 'card,name,birth,sex,ethnicity,religion,admitted,recognised,unit\n0101,Lê Bịa Ba,1980-02-03,m,Kinh,Không,2010-05-06,2011-05-06,D.A\n' >roll.csv
c ca members import roll.csv
open ca
walk records
shut
c ce sync
is 'Nguyễn Bịa Đúng 004 0' "$(cj ce '"\(.fields.name) \(.fields.card) \(.contested | length)"' case show "$one")" 'settled for both, by a third value'
for dir in ca cd; do c "$dir" sync; done
is 'Trần Bịa Sáu 3 true' "$(cj cd '.people[0] | "\(.person) \(.helped) \(.delivered)"' commend list D --period 2022)" 'the district opens the name'
