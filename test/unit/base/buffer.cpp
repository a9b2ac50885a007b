// test: memory that is used again.
#include <sluice/base/buffer.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(buffer)

BOOST_AUTO_TEST_CASE(memory_is_kept_while_it_is_large_enough) {
    sluice::buffer memory(100);
    const auto* where = memory.span().data();
    memory.reset(40);
    BOOST_TEST(memory.size() == 40u);
    BOOST_TEST(memory.span().data() == where);
    memory.shrink(50);
    BOOST_TEST(memory.size() == 40u);
    memory.shrink(10);
    BOOST_TEST(memory.view().size() == 10u);
    memory.reset(101);
    BOOST_TEST(memory.capacity() == 101u);
}

BOOST_AUTO_TEST_CASE(who_is_moved_from_is_empty) {
    sluice::buffer first(10);
    sluice::buffer second(std::move(first));
    BOOST_TEST(first.size() == 0u);
    BOOST_TEST(first.capacity() == 0u);
    first = std::move(second);
    BOOST_TEST(first.size() == 10u);
    BOOST_TEST(second.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
