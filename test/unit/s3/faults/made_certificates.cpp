// test support: OpenSSL on the server's side of a wire in memory.
#include "made_certificates.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace sluice::s3::faults {

namespace {

void must(bool holds, const char* what) {
    BOOST_REQUIRE_MESSAGE(holds, what);
}

void add_extension(X509* to, X509* issuer, int which, const std::string& value) {
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
    X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str());
    must(made != nullptr, "an extension can be made");
    must(X509_add_ext(to, made, -1) == 1, "an extension can be added");
    X509_EXTENSION_free(made);
}

template <class Write>
std::string pem_by(Write write) {
    BIO* const to = BIO_new(BIO_s_mem());
    write(to);
    char* text = nullptr;
    const long size = BIO_get_mem_data(to, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(to);
    return pem;
}

long next_serial() {
    static long serial = 0;
    return ++serial;
}

} // namespace

certificate_plan authority_plan(const std::string& name) {
    certificate_plan plan;
    plan.common_name = name;
    plan.names = plan.purpose = "";
    plan.constraints = "critical,CA:TRUE";
    plan.usage = "critical,keyCertSign,cRLSign";
    return plan;
}

identity make_identity(const certificate_plan& plan, const identity* by) {
    identity made;
    made.key.reset(
        plan.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(plan.rsa_bits)) : EVP_EC_gen("P-256")
    );
    made.certificate.reset(X509_new());
    X509* const it = made.certificate.get();
    X509* const issuer = by == nullptr ? it : by->certificate.get();
    X509_set_version(it, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(it), next_serial());
    X509_gmtime_adj(X509_getm_notBefore(it), plan.begins);
    X509_gmtime_adj(X509_getm_notAfter(it), plan.ends);
    X509_set_pubkey(it, made.key.get());
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(it),
        "CN",
        MBSTRING_UTF8,
        reinterpret_cast<const unsigned char*>(plan.common_name.c_str()),
        -1,
        -1,
        0
    );
    X509_set_issuer_name(it, X509_get_subject_name(issuer));
    add_extension(it, issuer, NID_basic_constraints, plan.constraints);
    add_extension(it, issuer, NID_key_usage, plan.usage);
    add_extension(it, issuer, NID_ext_key_usage, plan.purpose);
    add_extension(it, issuer, NID_subject_alt_name, plan.names);
    add_extension(it, issuer, NID_name_constraints, plan.name_constraints);
    EVP_PKEY* const signer = by == nullptr ? made.key.get() : by->key.get();
    must(X509_sign(it, signer, EVP_get_digestbyname(plan.digest)) > 0, "it can be signed");
    return made;
}

held<X509_CRL> make_revocations(const identity& by, const std::vector<const X509*>& revoked) {
    held<X509_CRL> list(X509_CRL_new());
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(by.certificate.get()));
    ASN1_TIME* const when = X509_gmtime_adj(nullptr, -60);
    X509_CRL_set1_lastUpdate(list.get(), when);
    for (const X509* each : revoked) {
        X509_REVOKED* const entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(
            entry, const_cast<ASN1_INTEGER*>(X509_get0_serialNumber(each))
        );
        X509_REVOKED_set_revocationDate(entry, when);
        X509_CRL_add0_revoked(list.get(), entry);
    }
    X509_gmtime_adj(when, 3600);
    X509_CRL_set1_nextUpdate(list.get(), when);
    ASN1_TIME_free(when);
    must(X509_CRL_sign(list.get(), by.key.get(), EVP_sha256()) > 0, "a list can be signed");
    return list;
}

std::string pem_of(const X509& certificate) {
    return pem_by([&](BIO* to) { PEM_write_bio_X509(to, &certificate); });
}

std::string pem_of(const X509_CRL& list) {
    return pem_by([&](BIO* to) { PEM_write_bio_X509_CRL(to, &list); });
}

std::string pem_of(const EVP_PKEY& key) {
    return pem_by([&](BIO* to) {
        PEM_write_bio_PrivateKey(to, &key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

written_file::written_file(const std::string& text) {
    const char* const folder = std::getenv("TMPDIR");
    path = std::string(folder == nullptr ? "/tmp" : folder) + "/sluice-certificates-XXXXXX";
    const int file = ::mkstemp(path.data());
    must(file >= 0, "a file can be made");
    ::close(file);
    std::ofstream(path) << text;
}

written_file::~written_file() {
    ::unlink(path.c_str());
}

namespace {

int note_name(SSL* of, int*, void* server) {
    const char* const name = SSL_get_servername(of, TLSEXT_NAMETYPE_host_name);
    static_cast<tls_server*>(server)->asked_name = name == nullptr ? "" : name;
    return SSL_TLSEXT_ERR_OK;
}

class memory_wire final : public byte_stream {
  public:
    explicit memory_wire(tls_server& server)
        : server_(server), ssl_(SSL_new(server.context.get())) {
        from_client_ = BIO_new(BIO_s_mem());
        to_client_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), from_client_, to_client_);
        SSL_set_accept_state(ssl_.get());
        if (server_.behind != nullptr) behind_.emplace(*server_.behind);
    }
    ~memory_wire() override {
        char byte = 0;
        ERR_clear_error();
        SSL_read(ssl_.get(), &byte, 1);
        server_.client_said_goodbye = (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
        ERR_clear_error();
    }

    moved try_write(bytes_view from) override {
        moved step;
        step.next = wait_for::writable;
        if (server_.taken >= server_.cut_taken) {
            step.error = boost::asio::error::broken_pipe;
            return step;
        }
        step.bytes = std::min({from.size(), server_.slice, server_.cut_taken - server_.taken});
        server_.taken += step.bytes;
        if (step.bytes > 0) BIO_write(from_client_, from.data(), static_cast<int>(step.bytes));
        work();
        if (server_.taken >= server_.cut_taken) ended_ = true;
        return step;
    }
    moved try_read(bytes_span into) override {
        moved step;
        const std::size_t left = server_.cut_sent - server_.sent;
        const std::size_t most = std::min({into.size(), server_.slice, left});
        const int n = most == 0 ? 0 : BIO_read(to_client_, into.data(), static_cast<int>(most));
        if (n > 0) {
            step.bytes = static_cast<std::size_t>(n);
            server_.sent += step.bytes;
        } else if (is_at_end() && !server_.silent_at_cut) {
            step.error = boost::asio::error::eof;
        }
        return step;
    }
    task<error_code> wait(wait_for what, deadline) override {
        const bool comes = !is_cut() && BIO_ctrl_pending(to_client_) > 0;
        const bool ready = comes || (is_at_end() && !server_.silent_at_cut) ||
                           (what != wait_for::readable && !ended_);
        error_code late;
        if (!ready) late = boost::asio::error::timed_out;
        co_return late;
    }
    bool has_input() override { return ended_ || BIO_ctrl_pending(to_client_) > 0; }
    void rest() override {}

  private:
    bool is_cut() const { return server_.sent >= server_.cut_sent; }
    bool is_at_end() const { return ended_ || is_cut(); }

    /// As far as what has come allows.
    void work() {
        ERR_clear_error();
        if (!server_.plain.empty()) {
            if (!ended_)
                BIO_write(to_client_, server_.plain.data(), static_cast<int>(server_.plain.size()));
            ended_ = true;
            return;
        }
        if (!SSL_is_init_finished(ssl_.get())) {
            const int done = SSL_accept(ssl_.get());
            if (done != 1) {
                const int why = SSL_get_error(ssl_.get(), done);
                ended_ = ended_ || (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE);
                if (ended_ && server_.refuses_wordlessly) BIO_reset(to_client_);
                return;
            }
            ++server_.handshakes;
            if (SSL_session_reused(ssl_.get()) == 1) ++server_.resumed;
        }
        if (behind_) return talk();
        char text[1000];
        const int n = SSL_read(ssl_.get(), text, sizeof text);
        if (n <= 0) return;
        server_.request.append(text, static_cast<std::size_t>(n));
        if (answered_) return;
        answered_ = true;
        if (!server_.answer.empty())
            SSL_write(ssl_.get(), server_.answer.data(), static_cast<int>(server_.answer.size()));
        if (server_.says_goodbye) SSL_shutdown(ssl_.get());
        ended_ = true;
    }

    /// What came goes to the script, and what it says back.
    void talk() {
        std::byte room[4096];
        for (int n = 1; n > 0;) {
            n = SSL_read(ssl_.get(), room, sizeof room);
            bytes_view left(room, static_cast<std::size_t>(std::max(n, 0)));
            while (!left.empty() && !ended_) {
                const std::size_t taken = behind_->try_write(left).bytes;
                if (taken == 0) break; // it wants no more
                left = left.subspan(taken);
            }
        }
        while (!ended_) {
            const moved step = behind_->try_read(room);
            if (step.bytes > 0) answer(bytes_view(room, step.bytes));
            ended_ = ended_ || step.error;
            if (step.error && server_.says_goodbye) SSL_shutdown(ssl_.get());
            if (step.bytes == 0) return;
        }
    }
    void answer(bytes_view what) {
        const bytes_view first =
            what.first(std::min(what.size(), server_.alert_after - answered_bytes_));
        if (!first.empty()) SSL_write(ssl_.get(), first.data(), static_cast<int>(first.size()));
        answered_bytes_ += first.size();
        if (answered_bytes_ < server_.alert_after) return;
        // OpenSSL sends an alert when what it reads makes no sense.
        const std::string nonsense =
            "\x17\x03\x03" + std::string(1, '\0') + " " + std::string(32, 'x');
        BIO_write(from_client_, nonsense.data(), static_cast<int>(nonsense.size()));
        char byte = 0;
        SSL_read(ssl_.get(), &byte, 1);
        ended_ = true;
    }

    tls_server& server_;
    held<SSL> ssl_;
    std::optional<scripted_stream> behind_;
    std::size_t answered_bytes_ = 0;
    BIO* from_client_ = nullptr;
    BIO* to_client_ = nullptr;
    bool answered_ = false, ended_ = false;
};

} // namespace

tls_server::tls_server(const identity& who, const std::vector<const X509*>& chain)
    : context(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX* const it = context.get();
    SSL_CTX_set_security_level(it, 0); // it may be as weak as it likes
    must(SSL_CTX_use_certificate(it, who.certificate.get()) == 1, "the certificate is taken");
    must(SSL_CTX_use_PrivateKey(it, who.key.get()) == 1, "the key is taken");
    for (const X509* each : chain)
        SSL_CTX_add1_chain_cert(it, const_cast<X509*>(each));
    SSL_CTX_set_tlsext_servername_callback(it, note_name);
    SSL_CTX_set_tlsext_servername_arg(it, this);
}

namespace {

/// OpenSSL 3.0 forgets the session that it made of a ticket when it is told to abort.
void expect_lost(SSL_SESSION* session) {
#if defined(__SANITIZE_ADDRESS__)
    if (session != nullptr) __lsan_ignore_object(session);
#else
    static_cast<void>(session);
#endif
}

SSL_TICKET_RETURN
refuse_ticket(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t, SSL_TICKET_STATUS offered, void*) {
    const bool nothing = offered == SSL_TICKET_NONE || offered == SSL_TICKET_EMPTY;
    if (nothing) return SSL_TICKET_RETURN_IGNORE_RENEW;
    expect_lost(session);
    return SSL_TICKET_RETURN_ABORT;
}

} // namespace

void tls_server::refuse_sessions() {
    SSL_CTX_set_session_ticket_cb(context.get(), nullptr, refuse_ticket, nullptr);
}

std::unique_ptr<byte_stream> connect_to(tls_server& server) {
    server.sent = server.taken = 0;
    server.request.clear();
    return std::make_unique<memory_wire>(server);
}

} // namespace sluice::s3::faults
