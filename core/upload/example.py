"""A small table to try the dashboard with: what a file can look like."""

#: 30 evenings before an exam; a missing value, a column of categories and one that tells all rows apart
EXAMPLE = """\
student;hours of study;hours of sleep;course;result
S01;1,5;6,0;maths;failed
S02;7,5;8,0;maths;passed
S03;3,0;7,5;physics;failed
S04;6,0;6,5;physics;passed
S05;2,0;5,0;maths;failed
S06;8,0;7,0;physics;passed
S07;4,5;8,5;biology;passed
S08;1,0;9,0;biology;failed
S09;5,5;4,5;maths;failed
S10;6,5;7,5;biology;passed
S11;2,5;6,5;physics;failed
S12;9,0;5,5;maths;passed
S13;4,0;;biology;failed
S14;5,0;8,0;physics;passed
S15;0,5;7,0;maths;failed
S16;7,0;6,0;biology;passed
S17;3,5;8,5;maths;failed
S18;6,0;8,0;maths;passed
S19;2,0;7,5;biology;failed
S20;8,5;6,5;physics;passed
S21;4,5;5,0;physics;failed
S22;5,5;7,5;biology;passed
S23;1,5;8,0;physics;failed
S24;7,5;5,5;maths;passed
S25;3,0;6,0;biology;failed
S26;6,5;8,5;physics;passed
S27;4,0;9,0;maths;passed
S28;2,5;5,5;biology;failed
S29;9,5;7,0;biology;passed
S30;5,0;6,0;maths;failed
"""
