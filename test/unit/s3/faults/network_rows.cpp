// The table of faults, below HTTP: names, addresses, TLS. The client's own network over made-up
// name servers and connections, each row by each operation, three seeds each; no socket, no time.
#include "every_call.hpp"
#include "made_certificates.hpp"

#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <random>

using namespace sluice;
using namespace sluice::s3;
using namespace sluice::s3::faults;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(fault_rows)

namespace {

using addresses = std::vector<std::string>;

constexpr auto connect_limit = 5'000ms;

/// What is at an address.
enum class place { nobody = 1, black_hole, server };

/// Name servers and addresses by script. Whoever is connected to a server gets the next of the
/// rig's, behind TLS where there is some.
struct made_up_net {
    std::vector<addresses> names; ///< answer by answer, the last one for ever; empty: no such name
    bool empty_is_told = true;    ///< as an error; else as no address at all
    std::map<std::string, place> places; ///< others: a server
    std::map<std::string, tls_server*> secure;
    tls_server* secure_by_default = nullptr;

    std::deque<scripted_server>* servers = nullptr;
    std::size_t next = 0;
    std::size_t asked = 0;
    addresses dialled;
    std::vector<std::chrono::steady_clock::duration> patience; ///< of each black hole

    network_ground ground() {
        network_ground made;
        made.look_up = [this](const std::string&, addresses_told then) {
            const addresses found = names.at(std::min(asked++, names.size() - 1));
            const auto on = client_rig::shared_context().get_executor();
            boost::asio::post(on, [found, told = empty_is_told, then = std::move(then)] {
                error_code why;
                if (found.empty() && told) why = boost::asio::error::host_not_found;
                then(why, found);
            });
        };
        made.dial = [this](const std::string& to, std::uint16_t, deadline by) {
            return dial(to, by);
        };
        return made;
    }

    task<boost::system::result<std::unique_ptr<byte_stream>>> dial(std::string to, deadline by) {
        dialled.push_back(to);
        const auto found = places.find(to);
        const place there = found == places.end() ? place::server : found->second;
        error_code why;
        if (there == place::nobody || next == servers->size())
            why = boost::asio::error::connection_refused;
        if (there == place::black_hole) {
            patience.push_back(by.when() - deadline::clock::now());
            why = boost::asio::error::timed_out;
        }
        if (why) co_return why;
        co_return open(to);
    }
    std::unique_ptr<byte_stream> open(const std::string& to) {
        scripted_server& server = (*servers)[next++];
        server.reached_as = to;
        const auto found = secure.find(to);
        tls_server* const tls = found == secure.end() ? secure_by_default : found->second;
        if (tls == nullptr) return std::make_unique<scripted_stream>(server);
        tls->behind = &server;
        return connect_to(*tls);
    }
};

/// A root that is trusted, another one, and what is trusted in a file.
struct authorities {
    identity root = make_identity(authority_plan("root"), nullptr);
    identity stranger = make_identity(authority_plan("stranger"), nullptr);
    identity good = make_identity(plan_for("DNS:h"), &root);
    identity revoked = make_identity(plan_for("DNS:h"), &root);
    held<X509_CRL> list = make_revocations(root, {revoked.certificate.get()});
    written_file trusted{pem_of(*root.certificate) + pem_of(*list)};

    static certificate_plan plan_for(const std::string& names) {
        certificate_plan made;
        made.names = names;
        return made;
    }
    static const authorities& all() {
        static const authorities one;
        return one;
    }
};

/// What the cell must come to. No code: the result of a sound run.
struct expected {
    std::vector<s3_errc> codes;
    std::size_t requests = 0; ///< exactly so many, none included
    addresses dialled;        ///< exactly these, one after the other; none: any
};

struct cell {
    client_rig& rig;
    made_up_net& net;
    const tried_call& what;
    std::mt19937_64& random;
    std::size_t number; ///< of the row's cells

    std::size_t below(std::size_t limit) { return random() % limit; }
    template <class T>
    T one_of(std::initializer_list<T> choices) {
        return *(choices.begin() + below(choices.size()));
    }
    std::size_t exchanges() const { return what.answers.size(); }
    void add_sound(std::size_t from = 0) { what.add_sound(rig, from); }
    expected sound(addresses dialled, std::size_t more_requests = 0) const {
        return {{}, exchanges() + more_requests, std::move(dialled)};
    }
    /// A TLS server that says who it is; lives as long as the cell.
    tls_server& secured(const identity& who, std::vector<const X509*> chain = {}) {
        secured_servers.push_back(std::make_unique<tls_server>(who, std::move(chain)));
        return *secured_servers.back();
    }
    void any_version(tls_server& of) {
        const int version = one_of({TLS1_2_VERSION, TLS1_3_VERSION});
        SSL_CTX_set_max_proto_version(of.context.get(), version);
    }
    const identity& make(const certificate_plan& plan, const identity* by) {
        made.push_back(std::make_unique<identity>(make_identity(plan, by)));
        return *made.back();
    }

    std::vector<std::unique_ptr<identity>> made = {};
    std::vector<std::unique_ptr<tls_server>> secured_servers = {};
};

struct row {
    const char* name;
    bool tls;
    std::function<expected(cell&)> set_up;
};

/// The request was on its way when the connection was lost: some calls leave that to the caller.
expected lost_once(cell& c, s3_errc code, addresses dialled, std::size_t requests) {
    if (!c.what.gives_back) return c.sound(std::move(dialled), requests);
    dialled.resize(1);
    return {{code}, requests, std::move(dialled)};
}

std::vector<row> rows_of_addresses() {
    return {
        {"F59_connections_are_refused_or_swallowed_before_one_works",
         false,
         [](cell& c) {
             const addresses all{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"};
             c.net.names = {all};
             const std::size_t good = c.below(4);
             for (std::size_t n = 0; n < all.size(); ++n)
                 if (n != good) c.net.places[all[n]] = c.one_of({place::nobody, place::black_hole});
             c.add_sound();
             return c.sound(addresses(all.begin(), all.begin() + static_cast<long>(good) + 1));
         }},
        {"F59_every_connection_is_swallowed",
         false,
         [](cell& c) {
             c.net.names = {{"10.0.0.1", "10.0.0.2", "10.0.0.3"}};
             for (const std::string& each : c.net.names[0])
                 c.net.places[each] = place::black_hole;
             // Each once by each of two tries; by the second the longest ago first.
             return expected{
                 {s3_errc::timed_out},
                 0,
                 {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1", "10.0.0.2", "10.0.0.3"}};
         }},
        {"F59_taken_and_then_nothing",
         false,
         [](cell& c) {
             c.net.names = {{"10.0.0.1", "10.0.0.2"}};
             c.rig.servers.emplace_back().silent_at_end = true;
             c.add_sound();
             return lost_once(c, s3_errc::timed_out, {"10.0.0.1", "10.0.0.2"}, 1);
         }},
        {"F59_taken_and_closed",
         false,
         [](cell& c) {
             c.net.names = {{"10.0.0.1", "10.0.0.2"}};
             c.rig.servers.emplace_back();
             c.add_sound();
             return lost_once(c, s3_errc::connection_lost, {"10.0.0.1", "10.0.0.2"}, 1);
         }},
    };
}

std::vector<row> rows_of_names() {
    return {
        {"F61_nobody_knows_the_name",
         false,
         [](cell& c) {
             c.net.names = {{}};
             c.net.empty_is_told = c.below(2) == 0;
             return expected{{s3_errc::connect_failed}, 0, {}};
         }},
        {"F61_nobody_knows_the_name_at_first",
         false,
         [](cell& c) {
             c.net.names = {{}, {"10.0.0.1"}};
             c.net.empty_is_told = c.below(2) == 0;
             c.add_sound();
             return c.sound({"10.0.0.1"});
         }},
        {"F61_one_of_four_is_dead",
         false,
         [](cell& c) {
             const addresses all{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"};
             c.net.names = {all};
             const std::size_t dead = c.below(4);
             c.net.places[all[dead]] = c.one_of({place::nobody, place::black_hole});
             c.add_sound();
             return c.sound(dead == 0 ? addresses{all[0], all[1]} : addresses{all[0]});
         }},
        {"F61_each_question_has_another_answer",
         false,
         [](cell& c) {
             c.net.names = {{"10.0.0.1"}, {"10.0.0.2", "10.0.0.3"}};
             c.net.places = {{"10.0.0.1", place::nobody}, {"10.0.0.2", place::black_hole}};
             c.add_sound();
             return c.sound({"10.0.0.1", "10.0.0.2", "10.0.0.3"});
         }},
        {"F61_the_name_is_that_of_no_store",
         false,
         [](cell& c) {
             const auto where = c.one_of<std::string>(
                 {"169.254.169.254",
                  "::ffff:169.254.169.254",
                  "fd00:ec2::254",
                  "fe80::1",
                  "0.0.0.0"}
             );
             c.net.names = {{where}};
             c.add_sound();
             return expected{{s3_errc::unsafe_input}, 0, {}};
         }},
        {"F61_one_of_two_is_that_of_no_store",
         false,
         [](cell& c) {
             c.net.names = {{"169.254.169.254", "10.0.0.1"}};
             if (c.below(2) == 0) std::swap(c.net.names[0][0], c.net.names[0][1]);
             c.add_sound();
             return c.sound({"10.0.0.1"});
         }},
    };
}

/// Twelve of them, by turns.
tls_server& badly_certified(cell& c) {
    const authorities& all = authorities::all();
    const auto issued = [&](auto change) -> tls_server& {
        certificate_plan plan = authorities::plan_for("DNS:h");
        change(plan);
        return c.secured(c.make(plan, &all.root));
    };
    const auto signed_by = [&](certificate_plan plan) -> tls_server& {
        const identity& issuer = c.make(plan, &all.root);
        const identity& server = c.make(authorities::plan_for("DNS:h"), &issuer);
        return c.secured(server, {issuer.certificate.get()});
    };
    switch (c.number % 12) {
    case 0:
        return issued([](certificate_plan& p) { p.ends = -60; });
    case 1:
        return issued([](certificate_plan& p) { p.begins = 1800; });
    case 2:
        return issued([](certificate_plan& p) { p.names = "DNS:other"; });
    case 3:
        return issued([](certificate_plan& p) {
            p.names = "";
            p.common_name = "h";
        });
    case 4:
        return issued([](certificate_plan& p) { p.names = "IP:10.0.0.1"; });
    case 5:
        return issued([](certificate_plan& p) { p.purpose = "clientAuth"; });
    case 6:
        return issued([](certificate_plan& p) { p.digest = "SHA1"; });
    case 7:
        return c.secured(all.revoked);
    case 8:
        return c.secured(c.make(authorities::plan_for("DNS:h"), nullptr)); // signs itself
    case 9:
        return c.secured(c.make(authorities::plan_for("DNS:h"), &all.stranger));
    case 10: {
        certificate_plan plan = authority_plan("no authority");
        plan.constraints = "critical,CA:FALSE";
        return signed_by(plan);
    }
    default: {
        certificate_plan plan = authority_plan("bounded");
        plan.name_constraints = "critical,permitted;DNS:only.test";
        return signed_by(plan);
    }
    }
}

std::vector<row> rows_of_tls() {
    const addresses both{"10.0.0.1", "10.0.0.2"};
    const auto two = [both](cell& c) -> tls_server& {
        c.net.names = {both};
        tls_server& first = c.secured(authorities::all().good);
        tls_server& second = c.secured(authorities::all().good);
        c.any_version(first);
        c.any_version(second);
        c.net.secure = {{both[0], &first}, {both[1], &second}};
        return first;
    };
    return {
        {"F60_nothing_goes_wrong",
         true,
         [two, both](cell& c) {
             two(c);
             c.add_sound();
             return c.sound({both[0]});
         }},
        {"F60_the_certificate_is_bad",
         true,
         [both](cell& c) {
             c.net.names = {both};
             c.net.secure_by_default = &badly_certified(c);
             c.add_sound();
             return expected{{s3_errc::tls_failed}, 0, {both[0]}};
         }},
        {"F60_the_handshake_stands_still",
         true,
         [two, both](cell& c) {
             tls_server& first = two(c);
             first.cut_sent = c.below(400);
             first.silent_at_cut = true;
             c.rig.servers.emplace_back();
             c.add_sound();
             return c.sound(both);
         }},
        {"F60_the_handshake_is_cut",
         true,
         [two, both](cell& c) {
             tls_server& first = two(c);
             (c.below(2) == 0 ? first.cut_sent : first.cut_taken) = 1 + c.below(90);
             c.rig.servers.emplace_back();
             c.add_sound();
             return c.sound(both);
         }},
        {"F60_the_handshake_is_refused",
         true,
         [two, both](cell& c) {
             SSL_CTX_set_max_proto_version(two(c).context.get(), TLS1_1_VERSION);
             c.add_sound();
             return expected{{s3_errc::tls_failed}, 0, {both[0]}};
         }},
        {"F60_there_is_no_tls",
         true,
         [two, both](cell& c) {
             two(c).plain = "HTTP/1.1 400 Bad Request\r\n\r\n";
             c.add_sound();
             return expected{{s3_errc::tls_failed}, 0, {both[0]}};
         }},
        {"F60_an_alert_amid_the_answer",
         true,
         [two, both](cell& c) {
             tls_server& first = two(c);
             const std::size_t struck = c.below(c.exchanges());
             std::size_t before = 0, last = 0;
             scripted_server& server = c.rig.servers.emplace_back();
             for (std::size_t n = 0; n <= struck; ++n) {
                 server.exchanges.push_back(c.what.exchange(n));
                 before += last;
                 last = write_answer(c.what.answers[n], "").size();
             }
             server.silent_at_end = true;
             // Of the head, so that the answer's length does not matter, which may be a range's.
             first.alert_after = before + c.below(20);
             c.add_sound(struck);
             if (!c.what.gives_back) return c.sound(both, 1);
             return expected{{s3_errc::connection_lost}, struck + 1, {both[0]}};
         }},
        {"F60_an_alert_amid_the_body",
         true,
         [two, both](cell& c) {
             tls_server& first = two(c);
             scripted_server& server = c.rig.servers.emplace_back();
             std::size_t all = 0;
             for (std::size_t n = 0; n < c.exchanges(); ++n) {
                 server.exchanges.push_back(c.what.exchange(n));
                 all += write_answer(c.what.answers[n], "").size();
             }
             server.silent_at_end = true;
             first.alert_after = all - 1 - c.below(c.what.answers.back().body.size());
             c.add_sound(c.exchanges() - 1);
             if (!c.what.gives_back) return c.sound(both, 1);
             return expected{
                 {s3_errc::truncated_body, s3_errc::connection_lost}, c.exchanges(), {both[0]}};
         }},
        {"F60_the_kept_session_is_refused",
         true,
         [two, both](cell& c) {
             tls_server& first = two(c);
             c.net.secure[both[1]] = &first; // one server with two addresses
             c.add_sound();
             c.rig.servers[0].silent_at_end = false;
             const auto before = c.what.make(c.rig);
             BOOST_TEST(before.has_value());
             first.refuse_sessions();
             // Behind an alert OpenSSL itself does not offer it again.
             first.refuses_wordlessly = c.below(2) == 0;
             c.rig.servers.emplace_back(); // whose handshake is refused
             c.add_sound();
             return c.sound({both[0], both[1], both[0]}, c.exchanges());
         }},
    };
}

/// Whether its last answer has a body, which is no part of one.
bool has_body(const tried_call& what) {
    return !what.answers.back().body.empty() && what.name != std::string_view("get_range");
}

void run(
    const row& each,
    const tried_call& what,
    const sound_run& sound,
    unsigned seed,
    std::size_t number
) {
    client_options options = what.options();
    if (each.tls) {
        options.where = *parse_endpoint("https://h:9000");
        options.where.ca_bundle = authorities::all().trusted.path;
    }
    options.limits.connect = connect_limit;
    made_up_net net;
    auto through = create_network(
        client_rig::shared_context().get_executor(),
        options.where,
        std::nullopt,
        connect_limit,
        reach::stores,
        net.ground()
    );
    BOOST_TEST_REQUIRE(through.has_value());
    client_rig rig(std::move(options), std::move(*through));
    net.servers = &rig.servers;
    std::mt19937_64 random(seed * 7919 + std::hash<std::string_view>()(what.name) % 1000);
    cell c{rig, net, what, random, number};
    const expected end = each.set_up(c);
    const auto outcome = what.make(rig);
    if (end.codes.empty()) {
        BOOST_TEST_REQUIRE(outcome.has_value(), (outcome ? "" : describe(outcome.error())));
        BOOST_TEST(*outcome == sound.value);
    } else {
        const s3_errc code = code_of(outcome);
        BOOST_TEST(
            (std::count(end.codes.begin(), end.codes.end(), code) == 1), describe(outcome.error())
        );
    }
    BOOST_TEST(rig.requests().size() == end.requests);
    if (!end.dialled.empty() || end.codes == std::vector{s3_errc::unsafe_input})
        BOOST_TEST(net.dialled == end.dialled, boost::test_tools::per_element());
    for (const auto limit : net.patience)
        BOOST_TEST(
            (limit <= connect_limit), "a black hole is waited for longer than a connect may take"
        );
    leaves_nothing_behind(rig, outcome);
}

std::size_t
run_all(const std::vector<row>& rows, const std::vector<std::string_view>& bodies_only = {}) {
    std::size_t cells = 0;
    std::vector<sound_run> sound;
    for (const tried_call& what : every_call())
        sound.push_back(run_soundly(what));
    for (const row& each : rows) {
        std::size_t number = 0;
        const bool only = std::count(bodies_only.begin(), bodies_only.end(), each.name) > 0;
        for (std::size_t n = 0; n < every_call().size(); ++n) {
            const tried_call& what = every_call()[n];
            if (only && !has_body(what)) continue;
            for (unsigned seed = 1; seed <= 3; ++seed, ++number)
                BOOST_TEST_CONTEXT(each.name << ", " << what.name << ", seed " << seed)
            run(each, what, sound[n], seed, number);
        }
        BOOST_TEST(number >= 30u, each.name);
        cells += number;
    }
    return cells;
}

} // namespace

BOOST_AUTO_TEST_CASE(addresses_that_do_not_answer) {
    BOOST_TEST(run_all(rows_of_addresses()) > 300u);
}

BOOST_AUTO_TEST_CASE(names_that_lead_astray) {
    BOOST_TEST(run_all(rows_of_names()) > 500u);
}

BOOST_AUTO_TEST_CASE(tls_that_breaks) {
    BOOST_TEST(run_all(rows_of_tls(), {"F60_an_alert_amid_the_body"}) > 700u);
}

BOOST_AUTO_TEST_SUITE_END()
