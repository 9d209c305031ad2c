// An echo server behind a network that is changed while it runs, with toxiproxy's client for Go.
//
//	matchstream control &
//	go mod tidy && go test
package echo

import (
	"net"
	"os"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

// startEcho starts a server that answers what it gets, and returns its address.
func startEcho(t *testing.T) string {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		payload := make([]byte, 65535)
		for {
			size, from, err := server.ReadFrom(payload)
			if err != nil {
				return
			}
			server.WriteTo(payload[:size], from)
		}
	}()
	return server.LocalAddr().String()
}

// isAnswered sends a ping and says whether its answer comes in time.
func isAnswered(t *testing.T, address string, patience time.Duration) bool {
	client, err := net.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	client.SetReadDeadline(time.Now().Add(patience))
	_, err = client.Read(make([]byte, 65535))
	return err == nil
}

func TestTheNetworkFailsAndComesBack(t *testing.T) {
	control := os.Getenv("TOXIPROXY_ADDRESS")
	if control == "" {
		control = "127.0.0.1:8474"
	}
	client := toxiproxy.NewClient(control)
	proxy, err := client.CreateProxy("echo", "127.0.0.1:0", startEcho(t))
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Delete()

	if !isAnswered(t, proxy.Listen, 10*time.Second) {
		t.Fatal("no answer, though nothing is impaired")
	}
	// Any knob of matchstream is a toxic.
	if _, err := proxy.AddToxic("gone", "drop", "downstream", 1, toxiproxy.Attributes{"drop": "100%"}); err != nil {
		t.Fatal(err)
	}
	if isAnswered(t, proxy.Listen, 300*time.Millisecond) {
		t.Fatal("an answer, though all are lost")
	}
	if err := proxy.RemoveToxic("gone"); err != nil {
		t.Fatal(err)
	}
	if !isAnswered(t, proxy.Listen, 10*time.Second) {
		t.Fatal("no answer, though nothing is impaired any more")
	}
}
