DROP TABLE feed_page;
DROP TABLE feed_run;
DROP TABLE feed;
