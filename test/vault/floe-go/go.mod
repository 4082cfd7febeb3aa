module safelevel/test/vault/floe-go

go 1.21
