// s3client: which source of credentials is set up, decided from environment and files alone.
#pragma once

#include "http_url.hpp"
#include "settings.hpp"

#include <sluice/base/result.hpp>
#include <sluice/s3/credentials.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <variant>

namespace sluice::s3 {

struct credential_source;

/// Keys that were written down.
struct key_source {
    credentials who;
};
/// A program that prints them.
struct process_source {
    std::string command;
};
/// An agent beside a container.
struct container_source {
    http_url where;
    std::string token;      ///< a secret; empty: none
    std::string token_file; ///< read anew by each fetch; wins over `token`
};
/// The metadata service of an instance.
struct instance_source {
    endpoint where;
};
struct role_request {
    std::string role_arn;
    std::string session_name; ///< empty: one is made up
    std::string external_id;  ///< empty: none
    std::chrono::seconds duration{3600};
};
/// A role that others may take on.
struct role_source {
    role_request what;
    std::shared_ptr<const credential_source> by;
};
/// A role for whoever has the token.
struct web_identity_source {
    role_request what;
    std::string token_file; ///< read anew by each fetch
};

struct credential_source {
    std::string name; ///< for people: `profile "dev" (its credential_process)`
    std::variant<
        key_source,
        process_source,
        container_source,
        instance_source,
        role_source,
        web_identity_source>
        how;
};

struct credential_choice {
    credential_source from;
    std::string passed_over; ///< the sources before it, and why each of them has none
};

/// See create_credential_chain. Pure. Errors: as there.
result<credential_choice>
choose_source(const environment& env, const std::string& profile, const shared_files& files);

/// The failure of a source, with those before it.
failure without_credentials(const credential_choice& choice, failure why);

} // namespace sluice::s3
