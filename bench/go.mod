module github.com/weir-ws/weir/bench

go 1.26.0

require (
	github.com/weir-ws/weir v0.0.0-00010101000000-000000000000
	golang.org/x/sys v0.49.0
	github.com/HdrHistogram/hdrhistogram-go v1.1.2
)

require (
	github.com/coder/websocket v1.8.15 // indirect
	github.com/gobwas/httphead v0.1.0 // indirect
	github.com/gobwas/ws v1.5.0 // indirect
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/lesismal/nbio v1.6.8 // indirect
	github.com/lxzan/gws v1.9.0 // indirect
	github.com/spf13/cobra v1.10.2 // indirect
	github.com/spf13/pflag v1.0.10 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
)

replace github.com/weir-ws/weir => ../
