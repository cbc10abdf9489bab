// Package docs holds the documentation, and the tests that keep it and the layout of the code true.
package docs
