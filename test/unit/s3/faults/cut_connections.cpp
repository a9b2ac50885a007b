// Each exchange of each operation, cut behind its n-th byte, for every n and in both directions: it
// ends with the result it should have, or with a failure that has a class, and leaves nothing
// behind.
#include "every_call.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>

using namespace sluice;
using namespace sluice::s3;
using namespace sluice::s3::faults;

BOOST_AUTO_TEST_SUITE(cut_connections)

enum class cut { by_reset = 1, by_close, by_silence };
constexpr cut every_cut[] = {cut::by_reset, cut::by_close, cut::by_silence};

/// Whether the n-th way is tried at that byte: one after the other, or all at every byte, which
/// takes its time.
bool is_tried(std::size_t n, std::size_t at, std::size_t of) {
    static const bool all = std::getenv("SLUICE_EVERY_CUT") != nullptr;
#ifdef __SANITIZE_ADDRESS__
    constexpr std::size_t every = 4;
#else
    constexpr std::size_t every = 1;
#endif
    return all || (at % (of * every)) == n * every;
}
bool is_tried(cut how, std::size_t at) {
    return is_tried(static_cast<std::size_t>(how) - 1, at, std::size(every_cut));
}

const char* name_of(cut how) {
    return how == cut::by_reset ? "reset" : how == cut::by_close ? "closed" : "silent";
}

s3_errc meaning_of_cut(cut how) {
    return how == cut::by_silence ? s3_errc::timed_out : s3_errc::connection_lost;
}

void end_by(scripted_server& server, cut how) {
    server.silent_at_end = how == cut::by_silence;
    if (how == cut::by_reset) server.at_end = boost::asio::error::connection_reset;
}

/// The first connection: sound up to the n-th exchange, which is the given one.
scripted_server&
add_cut(client_rig& rig, const tried_call& what, std::size_t n, scripted_exchange bad) {
    scripted_server& server = rig.servers.emplace_back();
    for (std::size_t each = 0; each < n; ++each)
        server.exchanges.push_back(what.exchange(each));
    server.exchanges.push_back(std::move(bad));
    return server;
}

/// The end of a call whose n-th exchange was cut: the same result by a second connection, or
/// `given_back` where only the caller can tell what happened.
void ends_well(
    client_rig& rig,
    const tried_call& what,
    const sound_run& sound,
    std::initializer_list<s3_errc> given_back
) {
    const auto outcome = what.make(rig);
    BOOST_TEST(rig.servers[0].closed);
    if (what.gives_back) {
        const s3_errc code = code_of(outcome);
        BOOST_TEST((std::find(given_back.begin(), given_back.end(), code) != given_back.end()));
        BOOST_TEST(!rig.servers[1].opened);
    } else {
        BOOST_TEST_REQUIRE(outcome.has_value(), (outcome ? "" : describe(outcome.error())));
        BOOST_TEST(*outcome == sound.value);
        BOOST_TEST(rig.client.stats().retries == 1u);
        BOOST_TEST(rig.requests().size() == sound.requests.size() + 1);
    }
    leaves_nothing_behind(rig, outcome);
}

BOOST_AUTO_TEST_CASE(requests_cut_anywhere) {
    for (const tried_call& what : every_call()) {
        const sound_run sound = run_soundly(what);
        for (std::size_t n = 0; n < sound.requests.size(); ++n)
            for (std::size_t at = 0; at < sound.requests[n].size(); ++at)
                for (const cut how : every_cut) {
                    if (!is_tried(how, at + n)) continue;
                    scripted_exchange bad("");
                    (how == cut::by_reset ? bad.reset_after : bad.early_after) = at;
                    client_rig rig(what.options());
                    end_by(add_cut(rig, what, n, std::move(bad)), how);
                    what.add_sound(rig, n);
                    BOOST_TEST_CONTEXT(what.name << " " << n << ", " << name_of(how) << at) {
                        ends_well(rig, what, sound, {meaning_of_cut(how)});
                        BOOST_TEST(rig.servers[0].requests[n].size() == at);
                        if (!what.same_request || what.gives_back) continue;
                        BOOST_TEST(rig.servers[0].requests[n] == sound.requests[n].substr(0, at));
                        BOOST_TEST(rig.servers[1].requests[0] == sound.requests[n]);
                    }
                }
    }
}

BOOST_AUTO_TEST_CASE(answers_cut_anywhere) {
    for (const tried_call& what : every_call()) {
        const sound_run sound = run_soundly(what);
        for (const framed_by framing : every_framing)
            for (std::size_t n = 0; n < sound.requests.size(); ++n) {
                const sound_answer& good = what.answers[n];
                if (framing != framed_by::length && good.what != sound_answer::kind::text) continue;
                const std::string whole = write_answer(good, sound.requests[n], framing);
                for (std::size_t at = 0; at < whole.size(); ++at)
                    for (const cut how : every_cut) {
                        if (!is_tried(how, at + n + static_cast<std::size_t>(framing))) continue;
                        client_rig rig(what.options());
                        end_by(add_cut(rig, what, n, whole.substr(0, at)), how);
                        what.add_sound(rig, n, framing);
                        BOOST_TEST_CONTEXT(
                            what.name << " " << n << ", " << name_of(how) << " at " << at
                                      << ", framing " << static_cast<int>(framing)
                        ) {
                            // What of a text whose end is the connection's: the text tells.
                            ends_well(
                                rig,
                                what,
                                sound,
                                {meaning_of_cut(how),
                                 s3_errc::truncated_body,
                                 s3_errc::malformed_answer}
                            );
                        }
                    }
            }
    }
}

/// An answer that comes when `at` bytes of the request have: the connection is never used again.
BOOST_AUTO_TEST_CASE(requests_answered_before_their_end) {
    const auto refusal = [](const std::string& status, const std::string& code) {
        sound_answer text;
        text.status = status;
        text.body = "<Error><Code>" + code + "</Code></Error>";
        return write_answer(text, "");
    };
    const std::string denied = refusal("403 Forbidden", "AccessDenied");
    const std::string busy = refusal("503 Slow Down", "SlowDown");
    for (const tried_call& what : every_call()) {
        const sound_run sound = run_soundly(what);
        const std::string& request = sound.requests[0];
        for (std::size_t at = 0; at < request.size(); ++at) {
            const auto early = [&](std::string text) {
                scripted_exchange bad(std::move(text));
                // With what follows taken no more, or refused by a reset.
                (at / 3 % 2 == 0 ? bad.early_after : bad.reset_after) = at;
                return bad;
            };
            if (is_tried(0, at, 3)) BOOST_TEST_CONTEXT(what.name << " denied at " << at) {
                    client_rig rig(what.options());
                    add_cut(rig, what, 0, early(denied));
                    const auto outcome = what.make(rig);
                    BOOST_TEST((code_of(outcome) == s3_errc::access_denied));
                    BOOST_TEST(rig.servers[0].closed);
                    leaves_nothing_behind(rig, outcome);
                }
            if (is_tried(1, at, 3)) BOOST_TEST_CONTEXT(what.name << " throttled at " << at) {
                    client_rig rig(what.options());
                    add_cut(rig, what, 0, early(busy));
                    what.add_sound(rig);
                    const auto outcome = what.make(rig);
                    BOOST_TEST_REQUIRE(outcome.has_value());
                    BOOST_TEST(*outcome == sound.value);
                    BOOST_TEST(rig.servers[0].closed);
                    BOOST_TEST(rig.client.stats().throttled == 1u);
                    leaves_nothing_behind(rig, outcome);
                }
            if (is_tried(2, at, 3)) BOOST_TEST_CONTEXT(what.name << " taken for done at " << at) {
                    client_rig rig(what.options());
                    add_cut(rig, what, 0, early(write_answer(what.answers[0], request)));
                    what.add_sound(rig);
                    ends_well(rig, what, sound, {s3_errc::malformed_answer});
                }
        }
    }
}

/// A kept connection that dies amid the next request is none of its tries, once, where the request
/// may be sent twice.
BOOST_AUTO_TEST_CASE(kept_connections_that_die_anywhere) {
    for (const tried_call& what : every_call()) {
        const sound_run sound = run_soundly(what);
        for (std::size_t at = 0; at <= sound.requests[0].size(); ++at)
            for (const cut how : {cut::by_reset, cut::by_close}) {
                if (!is_tried(static_cast<std::size_t>(how) - 1, at, 2)) continue;
                client_options options = what.options();
                options.limits.retries.max_attempts = 1;
                client_rig rig(std::move(options));
                what.add_sound(rig);
                const auto first = what.make(rig);
                BOOST_TEST_REQUIRE(first.has_value());
                scripted_exchange bad("");
                (how == cut::by_reset ? bad.reset_after : bad.early_after) = at;
                rig.servers[0].exchanges.push_back(std::move(bad));
                end_by(rig.servers[0], how);
                what.add_sound(rig);
                BOOST_TEST_CONTEXT(what.name << ", " << name_of(how) << " at " << at) {
                    const auto outcome = what.make(rig);
                    BOOST_TEST(rig.servers[0].closed);
                    if (what.repeats) {
                        BOOST_TEST_REQUIRE(outcome.has_value());
                        BOOST_TEST(*outcome == sound.value);
                    } else {
                        BOOST_TEST((code_of(outcome) == s3_errc::connection_lost));
                        BOOST_TEST(!rig.servers[1].opened);
                    }
                    leaves_nothing_behind(rig, outcome);
                }
            }
    }
}

/// One byte a time, and none before it was waited for.
BOOST_AUTO_TEST_CASE(exchanges_in_single_bytes) {
    for (const tried_call& what : every_call()) {
        const sound_run sound = run_soundly(what);
        for (const framed_by framing : every_framing) {
            client_rig rig(what.options());
            what.add_sound(rig, 0, framing);
            for (scripted_server& each : rig.servers) {
                each.slice = 1;
                each.blocks = true;
            }
            const auto outcome = what.make(rig);
            BOOST_TEST_CONTEXT(what.name) {
                BOOST_TEST_REQUIRE(outcome.has_value());
                BOOST_TEST(*outcome == sound.value);
                BOOST_TEST(rig.client.stats().retries == 0u);
                leaves_nothing_behind(rig, outcome);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
