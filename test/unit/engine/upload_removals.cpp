// Tests of engine/src/core/upload_removal.cpp: when an aborted upload is gone.
#include "core/upload_removal.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using sluice::s3::s3_errc;
using step = upload_removal::step;

namespace {

result<std::vector<s3::finished_part>> refused(s3_errc code) {
    failure why;
    why.code = code;
    return why;
}

} // namespace

BOOST_AUTO_TEST_SUITE(upload_removals)

BOOST_AUTO_TEST_CASE(what_has_no_parts_to_list_is_gone) {
    for (const s3_errc code :
         {s3_errc::no_such_upload, s3_errc::no_such_key, s3_errc::no_such_bucket}) {
        upload_removal removal;
        BOOST_TEST((removal.after(refused(code)) == step::done));
        BOOST_TEST(removal.aborts() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(what_is_still_there_is_aborted_again_and_not_for_ever) {
    upload_removal removal;
    const std::vector<s3::finished_part> one_part(1), none;
    for (unsigned n = 1; n < upload_removal::most_aborts; ++n)
        BOOST_TEST((removal.after(n % 2 == 0 ? none : one_part) == step::abort_again), n);
    BOOST_TEST((removal.after(none) == step::give_up));
    BOOST_TEST(removal.aborts() == upload_removal::most_aborts);
    upload_removal late;
    BOOST_TEST((late.after(one_part) == step::abort_again));
    BOOST_TEST((late.after(refused(s3_errc::no_such_upload)) == step::done));
}

BOOST_AUTO_TEST_CASE(who_may_not_look_has_aborted_it_and_a_lost_answer_says_nothing) {
    BOOST_TEST((upload_removal().after(refused(s3_errc::access_denied)) == step::done));
    BOOST_TEST((upload_removal().after(refused(s3_errc::not_implemented)) == step::done));
    BOOST_TEST((upload_removal().after(refused(s3_errc::internal_error)) == step::failed));
    BOOST_TEST((upload_removal().after(refused(s3_errc::connection_lost)) == step::failed));
}

BOOST_AUTO_TEST_SUITE_END()
