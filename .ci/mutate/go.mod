// The mutation gate is no part of the program, and stays out of its module.
module rollcall/ci/mutate

go 1.26.0
