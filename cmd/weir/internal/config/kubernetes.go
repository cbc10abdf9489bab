package config

import "regexp"

// Kubernetes sets variables for every service of a pod's namespace ("service links"). Of a service with the name
// weir they begin with WEIR_, and a server that took them for its own would not start where it is most often run.
//
//	WEIR_SERVICE_HOST=10.0.0.11  WEIR_SERVICE_PORT=8080  WEIR_SERVICE_PORT_HTTP=8080
//	WEIR_PORT=tcp://10.0.0.11:8080  WEIR_PORT_8080_TCP=...  WEIR_PORT_8080_TCP_ADDR=...
var (
	serviceName = regexp.MustCompile(`^WEIR_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	portName    = regexp.MustCompile(`^WEIR_([A-Z0-9_]+_)?PORT$`)
	portValue   = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// isServiceLink tells whether a variable is Kubernetes' and not meant for us.
func isServiceLink(name, value string) bool {
	return serviceName.MatchString(name) || portName.MatchString(name) && portValue.MatchString(value)
}
