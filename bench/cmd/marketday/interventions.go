package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// interventions shows what the server's metrics say of why it has ended connections. addr "": nothing.
func interventions(ctx context.Context, addr string, out io.Writer) error {
	if addr == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s/metrics: %s", addr, resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if text := lines.Text(); strings.HasPrefix(text, "weir_interventions_total{") && !strings.HasSuffix(text, " 0") {
			fmt.Fprintf(out, "server           %s\n", text)
		}
	}
	return lines.Err()
}
