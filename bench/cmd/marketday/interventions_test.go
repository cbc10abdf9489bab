package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestInterventions(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			t.Error(r.URL)
		}
		_, _ = io.WriteString(w, "# HELP x\nweir_interventions_total{reason=\"hard_limit\"} 3\nweir_interventions_total{reason=\"shed\"} 0\nweir_pings_total 7\n")
	}))
	defer s.Close()
	var out strings.Builder
	err := interventions(t.Context(), strings.TrimPrefix(s.URL, "http://"), &out)
	if want := "server           weir_interventions_total{reason=\"hard_limit\"} 3\n"; out.String() != want || err != nil {
		t.Errorf("%q, %v, want %q", out.String(), err, want)
	}
	if err := interventions(t.Context(), "", nil); err != nil {
		t.Error("nobody asked:", err)
	}
	if err := interventions(t.Context(), "127.0.0.1:1", nil); err == nil {
		t.Error("no server, and no error")
	}
}
