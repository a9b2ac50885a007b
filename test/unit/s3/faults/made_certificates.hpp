// test support: certificates made for a test, good and bad, and a TLS server that lives in memory.
#pragma once

#include "../scripted_network.hpp"
#include "io/byte_stream.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::s3::faults {

struct free_openssl {
    void operator()(EVP_PKEY* it) const { EVP_PKEY_free(it); }
    void operator()(X509* it) const { X509_free(it); }
    void operator()(X509_CRL* it) const { X509_CRL_free(it); }
    void operator()(SSL_CTX* it) const { SSL_CTX_free(it); }
    void operator()(SSL* it) const { SSL_free(it); }
};
template <class T>
using held = std::unique_ptr<T, free_openssl>;

/// What a certificate says. The defaults are those of a good server.
struct certificate_plan {
    std::string common_name = "good.example";
    std::string names = "DNS:good.example"; ///< subjectAltName; empty: none
    std::string constraints;                ///< basicConstraints; empty: none
    std::string usage;                      ///< keyUsage; empty: none
    std::string purpose = "serverAuth";     ///< extendedKeyUsage; empty: none
    std::string name_constraints;
    long begins = -3600, ends = 3600; ///< seconds from now
    int rsa_bits = 0;                 ///< 0: P-256
    const char* digest = "SHA256";
};
certificate_plan authority_plan(const std::string& name);

struct identity {
    held<EVP_PKEY> key;
    held<X509> certificate;
};
/// `by` null: signs itself.
identity make_identity(const certificate_plan& plan, const identity* by);
/// Of that issuer, with those certificates on it.
held<X509_CRL> make_revocations(const identity& by, const std::vector<const X509*>& revoked);

std::string pem_of(const X509& certificate);
std::string pem_of(const X509_CRL& list);
std::string pem_of(const EVP_PKEY& key); ///< the secret one

/// A file that is gone at the end.
class written_file {
  public:
    explicit written_file(const std::string& text);
    ~written_file();
    written_file(const written_file&) = delete;
    written_file& operator=(const written_file&) = delete;
    std::string path;
};

/// What its connections share: the certificate, tickets.
struct tls_server {
    tls_server(const identity& who, const std::vector<const X509*>& chain);
    held<SSL_CTX> context;
    std::string answer;               ///< to the first bytes that come
    bool says_goodbye = true;         ///< behind the answer, before the end
    std::size_t cut_sent = SIZE_MAX;  ///< so many bytes go to the client, and then the end comes
    std::size_t cut_taken = SIZE_MAX; ///< so many of the client's are taken
    bool silent_at_cut = false;       ///< instead of the end
    std::size_t slice = SIZE_MAX;
    scripted_server* behind = nullptr; ///< answers instead of `answer`, and says when it ends
    std::size_t alert_after =
        SIZE_MAX; ///< so many bytes of its answers are sent, and then a fatal alert

    std::string plain; ///< said to the first bytes that come, and then the end: no TLS at all

    /// From now on a handshake in which a session is offered ends with a fatal alert.
    void refuse_sessions();
    bool refuses_wordlessly = false; ///< handshakes: without an alert, by the end alone

    // What was seen.
    std::string asked_name; ///< by SNI
    std::size_t sent = 0, taken = 0;
    unsigned handshakes = 0, resumed = 0;
    std::string request;
    bool client_said_goodbye = false;
};

/// The client's side of a connection to it.
std::unique_ptr<byte_stream> connect_to(tls_server& server);

} // namespace sluice::s3::faults
