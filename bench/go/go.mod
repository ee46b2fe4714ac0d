module swiss/bench/go

go 1.19
